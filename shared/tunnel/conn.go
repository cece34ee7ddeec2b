package tunnel

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// writeChunk is the largest piece of a stream that goes into one yamux frame: small enough that streams of one session
// take turns, large enough that the frame's costs do not show.
const writeChunk = 64 << 10

// yamux frames: version, type, flags (2), stream id (4), length (4).
const (
	frameHeader = 12
	typeData    = 0
)

// conn is what yamux writes to. It notes when the peer was last heard, and joins a frame's header with its body, which
// yamux writes apart: one TLS record and one system call less for each frame.
type conn struct {
	net.Conn
	heard atomic.Int64 // Unix nanoseconds

	// The header of a data frame whose body comes with the next Write, at the start of a buffer for both. yamux writes
	// from one goroutine only. Idle sessions hold no buffer.
	pending *joinedFrame
}

type joinedFrame [frameHeader + writeChunk]byte

var joinedFrames = sync.Pool{New: func() any { return new(joinedFrame) }}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(time.Now().UnixNano())
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	switch {
	case c.pending != nil:
		joined := c.pending
		c.pending = nil
		defer joinedFrames.Put(joined)
		n := copy(joined[frameHeader:], p)
		if n < len(p) {
			return 0, fmt.Errorf("yamux frame of %d bytes is over the limit of %d", len(p), writeChunk)
		}
		if _, err := c.Conn.Write(joined[:frameHeader+n]); err != nil {
			return 0, err
		}
		return n, nil
	case len(p) == frameHeader && p[1] == typeData && binary.BigEndian.Uint32(p[8:]) > 0:
		c.pending = joinedFrames.Get().(*joinedFrame)
		copy(c.pending[:], p)
		return len(p), nil
	default:
		return c.Conn.Write(p)
	}
}

// Close ends the TCP connection under a TLS one first: TLS would try to say goodbye, for seconds, to a peer that is gone.
func (c *conn) Close() error {
	if tlsConn, ok := c.Conn.(interface{ NetConn() net.Conn }); ok {
		return tlsConn.NetConn().Close()
	}
	return c.Conn.Close()
}

// yamuxLog carries yamux's few lines into ours.
type yamuxLog struct{ logger *slog.Logger }

func (l yamuxLog) Print(v ...any)   { l.logger.Debug(strings.TrimSpace(fmt.Sprint(v...))) }
func (l yamuxLog) Println(v ...any) { l.logger.Debug(strings.TrimSpace(fmt.Sprintln(v...))) }
func (l yamuxLog) Printf(format string, v ...any) {
	l.logger.Debug(strings.TrimSpace(fmt.Sprintf(format, v...)))
}
