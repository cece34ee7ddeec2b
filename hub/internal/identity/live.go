package identity

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/fairlead/fairlead/shared/errs"
)

const (
	// liveFor is how long a look at the database is believed: with several hubs, a session that one has ended is dead at
	// the others this much later.
	liveFor = time.Second
	maxLive = 10_000
)

// liveSessions answers whether a session is alive and whose it is, with at most one look at the database per session and
// liveFor.
type liveSessions struct {
	store Sessions
	now   func() time.Time
	group singleflight.Group

	mu    sync.Mutex
	known map[string]liveSession
}

type liveSession struct {
	session Session
	user    User
	err     error
	looked  time.Time
}

func newLiveSessions(store Sessions, now func() time.Time) *liveSessions {
	return &liveSessions{store: store, now: now, known: map[string]liveSession{}}
}

// get returns the session and its person. Errors: errs.Unauthenticated for a session that has ended, in whatever way.
func (l *liveSessions) get(ctx context.Context, sessionID string) (Session, User, error) {
	now := l.now()
	l.mu.Lock()
	known, ok := l.known[sessionID]
	l.mu.Unlock()
	if !ok || now.Sub(known.looked) >= liveFor {
		v, err, _ := l.group.Do(sessionID, func() (any, error) {
			// Another caller's going away must not fail this look for all who wait for it.
			return l.look(context.WithoutCancel(ctx), sessionID)
		})
		if err != nil {
			return Session{}, User{}, err
		}
		known = v.(liveSession)
	}
	switch {
	case known.err != nil:
		return Session{}, User{}, known.err
	case known.session.EndedAt != nil, !now.Before(known.session.ExpiresAt), known.user.DisabledAt != nil:
		return Session{}, User{}, errSessionEnded()
	}
	return known.session, known.user, nil
}

func (l *liveSessions) look(ctx context.Context, sessionID string) (liveSession, error) {
	session, user, err := l.store.SessionUser(ctx, sessionID)
	entry := liveSession{session: session, user: user, looked: l.now()}
	switch {
	case errs.Is(err, errs.NotFound):
		entry.err = errSessionEnded()
	case err != nil:
		return liveSession{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLive {
		clear(l.known)
	}
	l.known[sessionID] = entry
	return entry, nil
}

// forget makes the next get look.
func (l *liveSessions) forget(sessionID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, sessionID)
}

func errSessionEnded() error {
	return errs.New(errs.Unauthenticated, "Your session has ended: sign in again.")
}
