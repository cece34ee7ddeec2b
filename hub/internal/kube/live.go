package kube

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
)

// recheck is how often requests under way are authorized anew. What the decision rests on is cached for a second below,
// so that a permission that was taken away anywhere ends its streams within two.
const recheck = 750 * time.Millisecond

// liveRequests knows the requests that are under way, so that they end when their permission does.
type liveRequests struct {
	mu    sync.Mutex
	calls map[*call]context.CancelCauseFunc
}

func newLiveRequests() *liveRequests { return &liveRequests{calls: map[*call]context.CancelCauseFunc{}} }

// begin registers a call until finish; the context ends with a cause when its permission does, or its link.
func (l *liveRequests) begin(parent context.Context, c *call) (ctx context.Context, finish func()) {
	ctx, cancel := context.WithCancelCause(parent)
	l.mu.Lock()
	l.calls[c] = cancel
	l.mu.Unlock()
	return ctx, func() {
		l.mu.Lock()
		delete(l.calls, c)
		l.mu.Unlock()
		cancel(context.Canceled)
	}
}

func (l *liveRequests) snapshot() map[*call]context.CancelCauseFunc {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make(map[*call]context.CancelCauseFunc, len(l.calls))
	for c, cancel := range l.calls {
		calls[c] = cancel
	}
	return calls
}

// EndSession ends the requests of a session at once.
func (h *Handler) EndSession(sessionID string) {
	for c, cancel := range h.live.snapshot() {
		if c.principal.SessionID == sessionID {
			cancel(errs.New(errs.Unauthenticated, "Your session has ended: sign in again."))
		}
	}
}

// Run authorizes the requests that are under way again and again until ctx ends: each session and each pair of person and
// cluster once a round, however many requests they have. A look that fails (the database is away) ends nothing.
func (h *Handler) Run(ctx context.Context) error {
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.recheck(ctx)
		}
	}
}

func (h *Handler) recheck(ctx context.Context) {
	verdicts := map[[2]string]error{}
	for c, cancel := range h.live.snapshot() {
		if time.Since(c.began) < recheck {
			continue
		}
		key := [2]string{c.principal.SessionID, c.cluster.ID}
		verdict, known := verdicts[key]
		if !known {
			verdict = h.stillAllowed(ctx, c)
			verdicts[key] = verdict
		}
		if verdict != nil {
			cancel(verdict)
		}
	}
}

// stillAllowed returns why a call must end; nil: it may go on.
func (h *Handler) stillAllowed(ctx context.Context, c *call) error {
	err := h.o.Tokens.Alive(ctx, c.principal.SessionID)
	if err == nil {
		current := c.decision
		if current, err = h.o.Access.Decide(ctx, c.principal, c.cluster); err == nil && !slices.Equal(current.Groups, c.decision.Groups) {
			// Other groups than those that the call was let in with: it starts anew with them, or not at all.
			err = errs.New(errs.Unauthenticated, "Your rights in this cluster have changed.")
		}
	}
	if errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.NotFound) {
		return err
	}
	return nil
}
