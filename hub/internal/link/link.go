package link

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// Link is the set of connections of one agent that share a link id: interactive, and bulk as soon as it is there. Safe
// for concurrent use.
type Link struct {
	id        string
	clusterID string
	version   string // of the agent
	skew      time.Duration
	since     time.Time
	done      chan struct{} // closed when the interactive session has ended, and with it the link

	mu       sync.Mutex
	sessions map[tunnel.Class]*tunnel.Session

	transports map[tunnel.Class]*http.Transport
}

func newLink(id, clusterID, agentVersion string, skew time.Duration, since time.Time) *Link {
	l := &Link{
		id: id, clusterID: clusterID, version: agentVersion, skew: skew, since: since, done: make(chan struct{}),
		sessions:   map[tunnel.Class]*tunnel.Session{},
		transports: map[tunnel.Class]*http.Transport{},
	}
	for _, class := range []tunnel.Class{tunnel.Interactive, tunnel.Bulk} {
		l.transports[class] = &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return l.OpenStream(ctx, tunnel.KindKube, class)
			},
			MaxIdleConnsPerHost: 32,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
			WriteBufferSize:     16 << 10,
			ReadBufferSize:      32 << 10,
		}
	}
	return l
}

// ID returns the id that the agent chose for this link; assertions are valid on it alone.
func (l *Link) ID() string { return l.id }

// Done is closed when the link has ended.
func (l *Link) Done() <-chan struct{} { return l.done }

// Transport returns the transport for requests of a class to the cluster's API server, over pooled streams.
func (l *Link) Transport(class tunnel.Class) http.RoundTripper { return l.transports[class] }

// OpenStream opens a stream in the connection of class; bulk falls back to the interactive connection while there is no
// other. Errors as of tunnel.Session.OpenStream.
func (l *Link) OpenStream(ctx context.Context, kind tunnel.Kind, class tunnel.Class) (net.Conn, error) {
	session := l.session(class)
	if session == nil {
		session = l.session(tunnel.Interactive)
	}
	if session == nil {
		return nil, errs.New(errs.Unavailable, "The cluster's link has just been lost.")
	}
	return session.OpenStream(ctx, kind)
}

func (l *Link) session(class tunnel.Class) *tunnel.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sessions[class]
}

// attach makes s the session of its class and returns the one that it replaces, if any.
func (l *Link) attach(s *tunnel.Session) (replaced *tunnel.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	replaced = l.sessions[s.Class()]
	l.sessions[s.Class()] = s
	return replaced
}

// detach forgets s, unless another took its place.
func (l *Link) detach(s *tunnel.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sessions[s.Class()] == s {
		delete(l.sessions, s.Class())
	}
}

func (l *Link) all() []*tunnel.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*tunnel.Session, 0, len(l.sessions))
	for _, s := range l.sessions {
		all = append(all, s)
	}
	return all
}

// close cuts every connection of the link, and with them every stream.
func (l *Link) close() {
	for _, s := range l.all() {
		s.Close()
	}
	for _, t := range l.transports {
		t.CloseIdleConnections()
	}
}

// drain lets open streams end within ctx, then cuts.
func (l *Link) drain(ctx context.Context) {
	var wait sync.WaitGroup
	for _, t := range l.transports {
		t.CloseIdleConnections()
	}
	for _, s := range l.all() {
		wait.Go(func() { s.Drain(ctx) })
	}
	wait.Wait()
	l.close()
}

// retire waits for the streams of a link that another has superseded, without telling the agent to dial again.
func (l *Link) retire(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for l.streams() > 0 {
		for _, t := range l.transports {
			t.CloseIdleConnections()
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		case <-l.done:
		}
		break
	}
	l.close()
}

func (l *Link) streams() int {
	n := 0
	for _, s := range l.all() {
		n += s.Streams()
	}
	return n
}

func (l *Link) lastHeard() time.Time {
	var last time.Time
	for _, s := range l.all() {
		if heard := s.LastHeard(); heard.After(last) {
			last = heard
		}
	}
	return last
}
