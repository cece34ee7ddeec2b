package tunnel

import (
	"net"
	"sync"
)

// acceptQueue is how many streams of a kind may wait for an Accept.
const acceptQueue = 64

// servedKinds are those that an agent serves. Their queues exist from the session's start, so that a stream which the hub
// opens before the agent has begun to serve waits instead of failing.
var servedKinds = [...]Kind{KindRelay, KindKube}

// Listener returns the streams of a kind as a net.Listener, for an http.Server or a grpc.Server. It ends with the session
// or by its own Close, which leaves the session alone. Agent only; one for each kind. A kind that no agent serves has a
// listener that is closed.
func (s *Session) Listener(kind Kind) net.Listener {
	if l, ok := s.listeners.Load(kind); ok {
		return l.(*listener)
	}
	l := s.newListener(kind)
	l.Close()
	return l
}

func (s *Session) newListener(kind Kind) *listener {
	return &listener{session: s, kind: kind, queue: make(chan *stream, acceptQueue), closed: make(chan struct{})}
}

type listener struct {
	session *Session
	kind    Kind
	queue   chan *stream
	closed  chan struct{}
	once    sync.Once
}

// deliver queues a stream, or closes it where nobody will ever take it. It waits for room: each kind has its own queue
// and each stream its own goroutine, so that a slow kind delays only itself.
func (l *listener) deliver(st *stream) {
	select {
	case l.queue <- st:
	case <-l.closed:
		st.Close()
	case <-l.session.done:
		st.Close()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case st := <-l.queue:
		return st, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-l.session.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.session.listeners.CompareAndDelete(l.kind, l)
		for {
			select {
			case st := <-l.queue:
				st.Close()
			default:
				return
			}
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.session.conn.LocalAddr() }
