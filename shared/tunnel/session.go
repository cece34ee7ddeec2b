package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/yamux"

	"github.com/fairlead/fairlead/shared/errs"
)

// kindTimeout bounds how long an accepted stream may take to say its kind.
const kindTimeout = 5 * time.Second

// Session is one authenticated connection of a link. Safe for concurrent use. It ends by Close, when the connection
// breaks, or when the peer is not heard for Options.DeadAfter; all its streams and goroutines end with it.
type Session struct {
	o     Options
	conn  *conn
	mux   *yamux.Session
	hub   bool
	slots chan struct{} // one for each stream that is open

	listeners sync.Map // Kind → *listener

	rtt      atomic.Int64
	draining chan struct{} // closed when the peer asked for it
	leaving  atomic.Bool   // this end asked for it
	control  chan frame    // to be written on the control stream

	done    chan struct{}
	endOnce sync.Once
	err     error // set before done is closed
	owned   sync.WaitGroup
}

// Open returns the hub's end of a session on an authenticated connection. The session owns nc from here on.
func Open(nc net.Conn, o Options) (*Session, error) { return start(nc, o, true) }

// Accept returns the agent's end of a session on an authenticated connection. The session owns nc from here on.
func Accept(nc net.Conn, o Options) (*Session, error) { return start(nc, o, false) }

func start(nc net.Conn, o Options, hub bool) (*Session, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Session{
		o: o, conn: &conn{Conn: nc}, hub: hub,
		slots:    make(chan struct{}, o.MaxStreams),
		draining: make(chan struct{}), done: make(chan struct{}), control: make(chan frame, 4),
	}
	s.conn.heard.Store(time.Now().UnixNano())
	open := yamux.Server
	if hub {
		open = yamux.Client
	}
	if s.mux, err = open(s.conn, o.yamux()); err != nil {
		return nil, fmt.Errorf("start yamux: %w", err)
	}
	s.owned.Go(s.watch)
	if hub {
		s.owned.Go(s.openControl)
	} else {
		for _, kind := range servedKinds {
			s.listeners.Store(kind, s.newListener(kind))
		}
		s.owned.Go(s.acceptStreams)
	}
	return s, nil
}

// Class returns which streams the session carries.
func (s *Session) Class() Class { return s.o.Class }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Err returns why the session ended; nil while it lives and after Close.
func (s *Session) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Draining is closed when the peer has asked for no more streams: the agent then dials anew, the hub sends new requests
// elsewhere.
func (s *Session) Draining() <-chan struct{} { return s.draining }

// RTT returns the round-trip time of the last heartbeat; zero before the first.
func (s *Session) RTT() time.Duration { return time.Duration(s.rtt.Load()) }

// LastHeard returns when the last byte came from the peer.
func (s *Session) LastHeard() time.Time { return time.Unix(0, s.conn.heard.Load()) }

// Streams returns how many streams are open, without the control stream.
func (s *Session) Streams() int { return len(s.slots) }

// Close ends the session and everything on it at once.
func (s *Session) Close() error {
	s.end(nil)
	s.owned.Wait()
	return nil
}

// end closes the connection and tells everybody, once.
func (s *Session) end(cause error) {
	s.endOnce.Do(func() {
		s.err = cause
		close(s.done)
		s.conn.Close()
		// yamux waits for its own goroutines, which the closed connection ends.
		s.mux.Close()
	})
}

// check looks at an error of yamux for those after which the session is of no use, and ends it. It returns err.
func (s *Session) check(err error) error {
	if errors.Is(err, yamux.ErrConnectionWriteTimeout) || errors.Is(err, yamux.ErrKeepAliveTimeout) {
		go s.end(fmt.Errorf("tunnel session stalled: %w", err))
	}
	return err
}

// watch ends the session with its connection, or when the peer has fallen silent.
func (s *Session) watch() {
	tick := time.NewTicker(s.o.DeadAfter / 8)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-s.mux.CloseChan():
			s.end(errs.New(errs.Unavailable, "The tunnel connection was closed."))
			return
		case <-tick.C:
			if silent := time.Since(s.LastHeard()); silent > s.o.DeadAfter {
				s.end(errs.New(errs.Unavailable, "The tunnel's peer was not heard for %s.", silent.Round(time.Millisecond)))
				return
			}
		}
	}
}

// OpenStream opens a stream to what serves kind at the agent. Hub only.
//
// Errors: errs.Unavailable when the session has ended or is draining; errs.ResourceExhausted at Options.MaxStreams;
// ctx's error when it ends first.
func (s *Session) OpenStream(ctx context.Context, kind Kind) (net.Conn, error) {
	if !s.hub {
		return nil, errors.New("an agent opens no streams")
	}
	if s.leaving.Load() || isClosed(s.draining) {
		return nil, errs.New(errs.Unavailable, "The tunnel session is draining.")
	}
	select {
	case s.slots <- struct{}{}:
	default:
		return nil, errs.New(errs.ResourceExhausted, "The cluster's link carries %d streams already; try again in a moment.", cap(s.slots))
	}
	st, err := s.openRaw(ctx, kind)
	if err != nil {
		s.release()
		return nil, err
	}
	return &stream{Stream: st, session: s}, nil
}

// openRaw opens a yamux stream and says its kind. yamux knows no contexts: the work goes on by itself and is undone when
// the caller has left.
func (s *Session) openRaw(ctx context.Context, kind Kind) (*yamux.Stream, error) {
	type result struct {
		stream *yamux.Stream
		err    error
	}
	opened := make(chan result, 1)
	go func() {
		st, err := s.mux.OpenStream()
		if err == nil {
			if _, err = st.Write([]byte{byte(kind)}); err != nil {
				st.Close()
			}
		}
		opened <- result{st, err}
	}()
	abandon := func() {
		go func() {
			if r := <-opened; r.err == nil {
				r.stream.Close()
			}
		}()
	}
	select {
	case r := <-opened:
		if r.err != nil {
			return nil, errs.Wrap(s.check(r.err), errs.Unavailable, "The cluster's link does not take a new stream.")
		}
		return r.stream, nil
	case <-s.done:
		abandon()
		return nil, errs.Wrap(s.err, errs.Unavailable, "The cluster's link has just been lost.")
	case <-ctx.Done():
		abandon()
		return nil, ctx.Err()
	}
}

// acceptStreams hands each stream to the listener of its kind. A stream that does not say its kind, or of a kind that
// nobody serves, is closed; reading the kind has a goroutine of its own so that a slow one delays no other.
func (s *Session) acceptStreams() {
	for {
		st, err := s.mux.AcceptStream()
		if err != nil {
			return
		}
		s.owned.Go(func() { s.route(st) })
	}
}

func (s *Session) route(st *yamux.Stream) {
	var first [1]byte
	st.SetReadDeadline(time.Now().Add(kindTimeout))
	if _, err := io.ReadFull(st, first[:]); err != nil {
		st.Close()
		return
	}
	st.SetReadDeadline(time.Time{})
	kind := Kind(first[0])
	if kind == kindControl {
		s.runControl(st)
		return
	}
	l, ok := s.listeners.Load(kind)
	if !ok {
		s.o.Logger.Debug("stream of a kind that nobody serves", "kind", string(first[:]))
		st.Close()
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		s.o.Logger.Warn("stream refused: too many are open", "limit", cap(s.slots))
		st.Close()
		return
	}
	l.(*listener).deliver(&stream{Stream: st, session: s})
}

// release gives a stream's slot back.
func (s *Session) release() { <-s.slots }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
