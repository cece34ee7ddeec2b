package tunnel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/hashicorp/yamux"
)

// stream is a net.Conn on one yamux stream. Close ends both directions, as net/http means it: a peer that reads the end
// of the stream stops writing too. There is no half-close.
type stream struct {
	*yamux.Stream
	session *Session
	closed  atomic.Bool
	ended   atomic.Bool // the peer has closed
}

// longAgo is a deadline that wakes whoever waits.
var longAgo = time.Unix(1, 0)

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	if err == nil {
		return n, nil
	}
	if s.closed.Load() {
		return n, net.ErrClosed
	}
	if errors.Is(err, io.EOF) && s.ended.CompareAndSwap(false, true) {
		// The peer reads no more either: let no writer wait for a window that never comes.
		s.Stream.SetWriteDeadline(longAgo)
	}
	return n, s.session.check(err)
}

func (s *stream) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 {
		n, err := s.Stream.Write(p[:min(len(p), writeChunk)])
		total += n
		p = p[n:]
		switch {
		case err == nil:
		case s.closed.Load():
			return total, net.ErrClosed
		case s.ended.Load():
			return total, fmt.Errorf("write to a stream that its peer has closed: %w", io.ErrClosedPipe)
		default:
			return total, s.session.check(err)
		}
	}
	return total, nil
}

// SetDeadline and SetWriteDeadline leave alone the deadline that marks a stream closed by its peer.
func (s *stream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

func (s *stream) SetWriteDeadline(t time.Time) error {
	if s.ended.Load() {
		return nil
	}
	return s.Stream.SetWriteDeadline(t)
}

func (s *stream) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	// Wake local readers and writers; yamux would let them wait for the peer.
	s.Stream.SetReadDeadline(longAgo)
	s.Stream.SetWriteDeadline(longAgo)
	err := s.Stream.Close()
	s.session.release()
	if err != nil && !errors.Is(err, yamux.ErrSessionShutdown) {
		return s.session.check(err)
	}
	return nil
}
