package tunnel

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/hashicorp/yamux"
)

// The pair of tests below show GO-2025-3408 on yamux as it is, and that a session is free of it. In both, one end's
// writes stall for longer than the write timeout and then go on; the peer is waiting for bytes.

const stallWriteTimeout = 150 * time.Millisecond

func TestBareYamuxHangsAfterAWriteTimeout(t *testing.T) {
	a, b := tcpPair(t)
	near := newFaultConn(a)
	config := yamux.DefaultConfig()
	config.EnableKeepAlive = false
	config.ConnectionWriteTimeout = stallWriteTimeout
	config.LogOutput, config.Logger = nil, yamuxLog{quiet()}
	hub, err := yamux.Client(near, config)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	agent, err := yamux.Server(b, config)
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	st, err := hub.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	far, err := agent.AcceptStream()
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, st, "x")
	mustRead(t, far, 1)

	resume := near.stall()
	if _, err := st.Write([]byte("lost")); !errors.Is(err, yamux.ErrConnectionWriteTimeout) {
		t.Fatalf("write on a stalled link: %v", err)
	}
	// The writer gives up. Its Close cannot say so either, and yamux does not tell.
	if err := st.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if hub.IsClosed() || agent.IsClosed() {
		t.Fatal("yamux ended the session by itself: the guard in stream.go may go")
	}
	read := in(func() error { _, err := io.Copy(io.Discard, far); return err })
	select {
	case err := <-read:
		t.Fatalf("the peer's read ended with %v: yamux no longer hangs, the guard in stream.go may go", err)
	case <-time.After(4 * stallWriteTimeout):
	}
	resume()
	hub.Close()
	await(t, "the peer's read, once the session is closed by hand", read)
}

func TestSessionDoesNotHangAfterAWriteTimeout(t *testing.T) {
	for _, staller := range []string{"hub", "agent"} {
		t.Run("writes of the "+staller, func(t *testing.T) {
			// The heartbeat and DeadAfter are far off: what ends the session here is the stream's own guard.
			r := newRig(t, both(func(o *Options) {
				o.WriteTimeout, o.Heartbeat, o.DeadAfter = stallWriteTimeout, time.Hour, 2*time.Hour
			}))
			near, far, conn, session := net.Conn(nil), net.Conn(nil), r.hubConn, r.hub
			near, far = r.open(t, KindKube, r.agent.Listener(KindKube))
			if staller == "agent" {
				near, far, conn, session = far, near, r.agentConn, r.agent
			}
			mustWrite(t, near, "x")
			mustRead(t, far, 1)
			mustWrite(t, far, "y")
			mustRead(t, near, 1)
			eventually(t, "the first heartbeats are over", func() bool { return r.hub.RTT() > 0 && r.agent.RTT() > 0 })

			resume := conn.stall()
			defer resume()
			read := in(func() error { _, err := io.Copy(io.Discard, far); return err })
			if _, err := near.Write([]byte("lost")); err == nil {
				t.Fatal("a write on a stalled link succeeded")
			}
			await(t, "the session's end", session.Done())
			if err := session.Err(); !errors.Is(err, yamux.ErrConnectionWriteTimeout) {
				t.Errorf("the session ended with %v, want the write timeout", err)
			}
			await(t, "the peer's read", read)
			await(t, "the peer's session", r.hub.Done())
			await(t, "the peer's session", r.agent.Done())
		})
	}
}

// TestWindowUpdateThatTimesOutEndsTheSession: a read, too, writes (its window update), and its timeout is the same.
func TestWindowUpdateThatTimesOutEndsTheSession(t *testing.T) {
	r := newRig(t, both(func(o *Options) {
		o.WriteTimeout, o.Heartbeat, o.DeadAfter = stallWriteTimeout, time.Hour, 2*time.Hour
	}))
	near, far := r.open(t, KindKube, r.agent.Listener(KindKube))
	far.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	for {
		if _, err := far.Write(make([]byte, 32<<10)); err != nil {
			break
		}
	}
	resume := r.hubConn.stall()
	defer resume()
	read := in(func() error { _, err := io.Copy(io.Discard, near); return err })
	await(t, "the reader's session", r.hub.Done())
	if err := r.hub.Err(); !errors.Is(err, yamux.ErrConnectionWriteTimeout) {
		t.Errorf("the session ended with %v, want the write timeout", err)
	}
	await(t, "the read", read)
}

// TestHeartbeatFindsAStall: a stream's Close does not tell that it timed out, but the next heartbeat meets the same stall.
func TestHeartbeatFindsAStall(t *testing.T) {
	r := newRig(t, both(func(o *Options) {
		o.WriteTimeout, o.Heartbeat, o.DeadAfter = stallWriteTimeout, 50*time.Millisecond, time.Hour
	}))
	near, far := r.open(t, KindKube, r.agent.Listener(KindKube))
	resume := r.hubConn.stall()
	defer resume()
	read := in(func() error { _, err := far.Read(make([]byte, 1)); return err })
	near.Close()
	await(t, "the session's end", r.hub.Done())
	if err := r.hub.Err(); !errors.Is(err, yamux.ErrConnectionWriteTimeout) {
		t.Errorf("the session ended with %v, want the write timeout", err)
	}
	await(t, "the peer's read", read)
}
