package tunnel

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
)

// The tests run on real time, scaled down: yamux keeps its timers in a package-level pool, which must not carry a timer
// from one synctest bubble into another.

// patience bounds every wait of these tests; nothing waits that long unless it is broken.
const patience = 15 * time.Second

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func testOptions() Options { return Options{Class: Interactive, Logger: quiet()} }

// faultConn is a connection whose writes can be made to wait (a stalled link) or to vanish (a dead one).
type faultConn struct {
	net.Conn
	mu      sync.Mutex
	gate    chan struct{} // writes wait until it is closed; nil when they pass
	swallow bool
	closed  chan struct{}
	once    sync.Once
}

func newFaultConn(nc net.Conn) *faultConn { return &faultConn{Conn: nc, closed: make(chan struct{})} }

func (c *faultConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	gate, swallow := c.gate, c.swallow
	c.mu.Unlock()
	if swallow {
		return len(p), nil
	}
	if gate != nil {
		select {
		case <-gate:
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	return c.Conn.Write(p)
}

func (c *faultConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.swallow { // the peer must not learn of it; newRig closes the connection itself
		return c.Conn.SetDeadline(longAgo)
	}
	return c.Conn.Close()
}

// stall makes writes wait until the returned function is called.
func (c *faultConn) stall() (resume func()) {
	gate := make(chan struct{})
	c.mu.Lock()
	c.gate = gate
	c.mu.Unlock()
	return sync.OnceFunc(func() {
		c.mu.Lock()
		c.gate = nil
		c.mu.Unlock()
		close(gate)
	})
}

func (c *faultConn) vanish() {
	c.mu.Lock()
	c.swallow = true
	c.mu.Unlock()
}

// tcpPair returns the two ends of one loopback connection.
func tcpPair(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// rig is a hub's and an agent's session on one connection.
type rig struct {
	hub, agent         *Session
	hubConn, agentConn *faultConn
}

// newRig starts both ends. Each shape changes both ends' options before.
func newRig(t testing.TB, shapes ...func(hub, agent *Options)) *rig {
	t.Helper()
	a, b := tcpPair(t)
	r := &rig{hubConn: newFaultConn(a), agentConn: newFaultConn(b)}
	hub, agent := testOptions(), testOptions()
	for _, shape := range shapes {
		shape(&hub, &agent)
	}
	var err error
	if r.hub, err = Open(r.hubConn, hub); err != nil {
		t.Fatal(err)
	}
	if r.agent, err = Accept(r.agentConn, agent); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.hub.Close(); r.agent.Close(); a.Close(); b.Close() })
	return r
}

// both applies one change to both ends.
func both(change func(*Options)) func(hub, agent *Options) {
	return func(hub, agent *Options) { change(hub); change(agent) }
}

// open opens a stream and returns both its ends; l is the agent's listener of kind.
func (r *rig) open(t testing.TB, kind Kind, l net.Listener) (hub, agent net.Conn) {
	t.Helper()
	hub = r.mustOpen(t, kind)
	return hub, mustAccept(t, l)
}

func (r *rig) mustOpen(t testing.TB, kind Kind) net.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	st, err := r.hub.OpenStream(ctx, kind)
	if err != nil {
		t.Fatalf("open a stream: %v", err)
	}
	return st
}

func mustAccept(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	type accepted struct {
		nc  net.Conn
		err error
	}
	c := make(chan accepted, 1)
	go func() {
		nc, err := l.Accept()
		c <- accepted{nc, err}
	}()
	got := await(t, "a stream at the listener", c)
	if got.err != nil {
		t.Fatalf("accept a stream: %v", got.err)
	}
	return got.nc
}

// echo serves a listener: each stream gets prefix and then what it sent.
func echo(l net.Listener, prefix string) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer nc.Close()
			if _, err := io.WriteString(nc, prefix); err == nil {
				io.Copy(nc, nc)
			}
		}()
	}
}

func mustRead(t testing.TB, r io.Reader, n int) string {
	t.Helper()
	if c, ok := r.(net.Conn); ok {
		c.SetReadDeadline(time.Now().Add(patience))
		defer c.SetReadDeadline(time.Time{})
	}
	buf := make([]byte, n)
	if got, err := io.ReadFull(r, buf); err != nil {
		t.Fatalf("read %d bytes: got %q and %v", n, buf[:got], err)
	}
	return string(buf)
}

func mustWrite(t testing.TB, w io.Writer, s string) {
	t.Helper()
	if n, err := io.WriteString(w, s); err != nil || n != len(s) {
		t.Fatalf("write %d bytes: wrote %d, %v", len(s), n, err)
	}
}

// await returns what c gives within patience.
func await[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		buf := make([]byte, 1<<20)
		t.Fatalf("waited %s for %s\n%s", patience, what, buf[:runtime.Stack(buf, true)])
		panic("unreachable")
	}
}

// in runs f and returns a channel with its result.
func in[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

// eventually polls until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// tunnelGoroutines returns the stacks of goroutines of this package and of yamux, tests' own ones left out.
func tunnelGoroutines() []string {
	buf := make([]byte, 4<<20)
	var found []string
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "testing.tRunner") {
			continue
		}
		if strings.Contains(g, "hashicorp/yamux.") || strings.Contains(g, "tunnel.(*Session)") {
			found = append(found, g)
		}
	}
	return found
}

// endsClean fails the test when a goroutine of a session is left a moment after all have ended.
func endsClean(t testing.TB) {
	t.Helper()
	var left []string
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if left = tunnelGoroutines(); len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines outlive their sessions:\n%s", len(left), strings.Join(left, "\n\n"))
		}
	}
}

func wantCode(t testing.TB, err error, code errs.Code) {
	t.Helper()
	if !errs.Is(err, code) {
		t.Fatalf("got %v, want an error of code %s", err, code)
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
