package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/fairlead/fairlead/agent/internal/identity"
	"github.com/fairlead/fairlead/agent/internal/kube"
	"github.com/fairlead/fairlead/agent/internal/relay"
	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/handshake"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// link sets up one link and serves it until it is lost or ctx ends; up is called when it stands.
func (a *Agent) link(ctx context.Context, up func()) error {
	who, token, err := a.identity(ctx)
	if err != nil {
		return err
	}
	linkID := newLinkID()
	session, welcome, err := a.open(ctx, tunnel.Interactive, who, token, linkID)
	if refusal := (*handshake.Refusal)(nil); errors.As(err, &refusal) && token == "" &&
		(refusal.Code == errs.Unauthenticated || refusal.Code == errs.Forbidden) {
		if who, token, err = a.enrolAnew(ctx, err); err != nil {
			return err
		}
		session, welcome, err = a.open(ctx, tunnel.Interactive, who, token, linkID)
	}
	if err != nil {
		return err
	}
	if who.ClusterID != welcome.ClusterID {
		who.ClusterID = welcome.ClusterID
		if err := a.secret.Save(ctx, who); err != nil {
			session.Close()
			return err // the token is good for the same key again
		}
		a.o.Logger.Info("enrolled", "cluster", welcome.ClusterID, "name", welcome.ClusterName)
	}
	a.o.Logger.Info("link up", "cluster", welcome.ClusterID, "name", welcome.ClusterName, "link", linkID, "skew", welcome.Skew.Round(time.Millisecond))
	a.links.Inc()
	up()
	a.health.SetLink(session)
	defer a.health.SetLink(nil)
	return a.serve(ctx, session, welcome, who, linkID)
}

// open dials, runs the first exchange and starts the session of one connection of a link.
func (a *Agent) open(ctx context.Context, class tunnel.Class, who identity.Identity, token, linkID string) (*tunnel.Session, handshake.Welcome, error) {
	conn, err := a.dialer.Dial(ctx)
	if err != nil {
		return nil, handshake.Welcome{}, err
	}
	welcome, err := handshake.Agent(ctx, conn, handshake.AgentOptions{
		HubKeySHA256: a.o.HubKeySHA256, Key: who.Key, ClusterID: clusterIDUnless(token, who), Token: token,
		LinkID: linkID, Class: class, Now: time.Now,
	})
	if err != nil {
		conn.Close()
		return nil, welcome, err
	}
	options := a.o.Tunnel
	options.Class = class
	options.Logger = a.o.Logger.With("class", class)
	session, err := tunnel.Accept(conn, options)
	if err != nil {
		conn.Close()
	}
	return session, welcome, err
}

func clusterIDUnless(token string, who identity.Identity) string {
	if token != "" {
		return ""
	}
	return who.ClusterID
}

// serve answers the hub's streams on the interactive connection, and on a bulk connection that it keeps beside it.
func (a *Agent) serve(ctx context.Context, session *tunnel.Session, welcome handshake.Welcome, who identity.Identity, linkID string) error {
	hubNow := func() time.Time { return time.Now().Add(welcome.Skew) }
	verifier := assertion.NewVerifier(welcome.HubID, welcome.ClusterID, linkID, welcome.HubKey, hubNow)
	proxy := kube.New(kube.Options{Target: a.target, Transport: a.transport, Ceiling: a.ceiling, Logger: a.o.Logger}, welcome.HubID, verifier, hubNow)
	api := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	calls := relay.NewServer(relay.Options{HubID: welcome.HubID, Facts: a.facts, Binder: a.binder, Ceiling: a.ceiling, Logger: a.o.Logger})

	var wait sync.WaitGroup
	serveOn := func(s *tunnel.Session) {
		wait.Go(func() { api.Serve(s.Listener(tunnel.KindKube)) })
		if s.Class() == tunnel.Interactive {
			wait.Go(func() { calls.Serve(s.Listener(tunnel.KindRelay)) })
		}
	}
	serveOn(session)
	bulkCtx, stopBulk := context.WithCancel(ctx)
	bulk := &bulkKeeper{agent: a, who: who, linkID: linkID, serve: serveOn}
	wait.Go(func() { bulk.run(bulkCtx) })

	var err error
	select {
	case <-session.Done():
		err = session.Err()
	case <-session.Draining():
		// The hub is going: another of its replicas, or its successor, answers a new dial. What streams are open go on
		// beside the new link until the hub closes the old one, which it does within its own grace.
		a.o.Logger.Info("the hub asks to dial anew")
		a.retiring.Go(func() {
			select {
			case <-session.Done():
			case <-ctx.Done():
				drain(session, bulk.current())
			}
			stopBulk()
			a.stop(api, calls, session, bulk)
			wait.Wait()
		})
		return errors.New("the hub is draining its links")
	case <-ctx.Done():
		drain(session, bulk.current())
	}
	stopBulk()
	a.stop(api, calls, session, bulk)
	wait.Wait()
	if err == nil {
		err = errors.New("the link was closed")
	}
	return err
}

// drain tells the hub that this agent is going and lets streams end.
func drain(sessions ...*tunnel.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var wait sync.WaitGroup
	for _, s := range sessions {
		if s != nil {
			wait.Go(func() { s.Drain(ctx) })
		}
	}
	wait.Wait()
}

func (a *Agent) stop(api *http.Server, calls *grpc.Server, session *tunnel.Session, bulk *bulkKeeper) {
	session.Close()
	if s := bulk.current(); s != nil {
		s.Close()
	}
	calls.Stop()
	api.Close()
}

// bulkKeeper keeps one bulk connection of a link up.
type bulkKeeper struct {
	agent  *Agent
	who    identity.Identity
	linkID string
	serve  func(*tunnel.Session)

	mu      sync.Mutex
	session *tunnel.Session
}

func (b *bulkKeeper) current() *tunnel.Session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session
}

func (b *bulkKeeper) run(ctx context.Context) {
	var pace tunnel.Backoff
	for ctx.Err() == nil {
		err := b.once(ctx, pace.Reset)
		if ctx.Err() != nil {
			return
		}
		delay := pace.Next(time.Now())
		b.agent.o.Logger.Debug("no bulk connection", "error", err, "again_in", delay)
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
}

func (b *bulkKeeper) once(ctx context.Context, up func()) error {
	session, _, err := b.agent.open(ctx, tunnel.Bulk, b.who, "", b.linkID)
	if err != nil {
		return fmt.Errorf("open bulk connection: %w", err)
	}
	b.mu.Lock()
	b.session = session
	b.mu.Unlock()
	up()
	b.serve(session)
	select {
	case <-session.Done():
	case <-session.Draining():
		<-session.Done()
	case <-ctx.Done():
		session.Close()
	}
	return session.Err()
}
