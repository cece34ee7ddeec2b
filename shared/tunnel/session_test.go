package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/yamux"

	"github.com/fairlead/fairlead/shared/errs"
)

func TestStreamsReachTheListenerOfTheirKind(t *testing.T) {
	r := newRig(t)
	go echo(r.agent.Listener(KindRelay), "relay:")
	go echo(r.agent.Listener(KindKube), "kube:")
	for i := range 20 {
		for kind, prefix := range map[Kind]string{KindRelay: "relay:", KindKube: "kube:"} {
			st := r.mustOpen(t, kind)
			said := fmt.Sprint("hello ", i)
			mustWrite(t, st, said)
			if got := mustRead(t, st, len(prefix)+len(said)); got != prefix+said {
				t.Errorf("stream of kind %c answered %q, want %q", kind, got, prefix+said)
			}
			st.Close()
		}
	}
	eventually(t, "all slots are given back", func() bool { return r.hub.Streams() == 0 && r.agent.Streams() == 0 })
}

func TestUnknownKindIsClosedAndHoldsNoSlot(t *testing.T) {
	r := newRig(t)
	go echo(r.agent.Listener(KindKube), "")
	st := r.mustOpen(t, Kind('x'))
	st.SetReadDeadline(time.Now().Add(patience))
	if n, err := st.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("read from a refused stream: %d, %v; want the end of the stream", n, err)
	}
	if n := r.agent.Streams(); n != 0 {
		t.Errorf("the agent counts %d streams after it refused one", n)
	}
}

func TestStreamThatDoesNotSayItsKindIsClosed(t *testing.T) {
	if testing.Short() {
		t.Log("takes kindTimeout, also in short mode: it is the only test of this limit")
	}
	r := newRig(t)
	st, err := r.hub.mux.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	st.SetReadDeadline(time.Now().Add(kindTimeout + patience))
	if _, err := st.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v, want the end of the stream", err)
	}
}

func TestSlowKindDelaysNoOther(t *testing.T) {
	r := newRig(t)
	r.agent.Listener(KindRelay) // nobody accepts
	go echo(r.agent.Listener(KindKube), "kube:")
	for range acceptQueue + 20 {
		r.mustOpen(t, KindRelay)
	}
	st := r.mustOpen(t, KindKube)
	if got := mustRead(t, st, 5); got != "kube:" {
		t.Fatalf("got %q", got)
	}
}

func TestListenerCloseLeavesTheSession(t *testing.T) {
	r := newRig(t)
	relay := r.agent.Listener(KindRelay)
	go echo(r.agent.Listener(KindKube), "kube:")
	waiting := r.mustOpen(t, KindRelay)
	eventually(t, "the stream waits for its listener", func() bool { return len(relay.(*listener).queue) == 1 })
	accept := in(func() error {
		<-relay.(*listener).closed
		_, err := relay.Accept()
		return err
	})
	relay.Close()
	relay.Close()
	if err := await(t, "Accept of a closed listener", accept); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept of a closed listener: %v, want net.ErrClosed", err)
	}
	waiting.SetReadDeadline(time.Now().Add(patience))
	if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a stream that waited at the closed listener reads %v, want its end", err)
	}
	if got := mustRead(t, r.mustOpen(t, KindKube), 5); got != "kube:" {
		t.Errorf("the other kind answers %q", got)
	}
}

func TestSessionEndEndsAccept(t *testing.T) {
	r := newRig(t)
	l := r.agent.Listener(KindKube)
	accept := in(func() error { _, err := l.Accept(); return err })
	r.hub.Close()
	if err := await(t, "Accept", accept); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("Accept after the session's end: %v, want net.ErrClosed", err)
	}
}

func TestOnlyTheHubOpens(t *testing.T) {
	r := newRig(t)
	if st, err := r.agent.OpenStream(t.Context(), KindKube); err == nil {
		st.Close()
		t.Fatal("an agent opened a stream")
	}
}

func TestOpenStreamHonoursItsContext(t *testing.T) {
	r := newRig(t)
	go echo(r.agent.Listener(KindKube), "")
	resume := r.hubConn.stall()
	defer resume()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	opened := in(func() error { _, err := r.hub.OpenStream(ctx, KindKube); return err })
	if err := await(t, "OpenStream", opened); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want context.DeadlineExceeded", err)
	}
	if n := r.hub.Streams(); n != 0 {
		t.Errorf("%d slots are held by a stream that nobody has", n)
	}
	// What was begun is undone, once the link moves again, at both ends.
	resume()
	eventually(t, "only the control stream is left", func() bool {
		return r.hub.mux.NumStreams() == 1 && r.agent.mux.NumStreams() == 1 && r.agent.Streams() == 0
	})
	st := r.mustOpen(t, KindKube)
	mustWrite(t, st, "x")
	mustRead(t, st, 1)
}

func TestOpenStreamAfterTheEnd(t *testing.T) {
	r := newRig(t)
	r.hub.Close()
	_, err := r.hub.OpenStream(t.Context(), KindKube)
	wantCode(t, err, errs.Unavailable)
	if r.hub.Err() != nil {
		t.Errorf("Err after Close is %v, want nil", r.hub.Err())
	}
	await(t, "the agent's end of the session", r.agent.Done())
	if r.agent.Err() == nil {
		t.Error("the agent's session ended by its peer gives no reason")
	}
}

func TestVanishedPeerIsFound(t *testing.T) {
	const deadAfter = 400 * time.Millisecond
	r := newRig(t, both(func(o *Options) { o.Heartbeat, o.DeadAfter = 50*time.Millisecond, deadAfter }))
	st, far := r.open(t, KindKube, r.agent.Listener(KindKube))
	hubRead := in(func() error { _, err := st.Read(make([]byte, 1)); return err })
	agentRead := in(func() error { _, err := far.Read(make([]byte, 1)); return err })
	eventually(t, "a heartbeat came back", func() bool { return r.hub.RTT() > 0 && r.agent.RTT() > 0 })

	cut := time.Now()
	r.hubConn.vanish()
	r.agentConn.vanish()
	for name, s := range map[string]*Session{"hub": r.hub, "agent": r.agent} {
		await(t, "the end of the session at the "+name, s.Done())
		wantCode(t, s.Err(), errs.Unavailable)
	}
	// A quarter for the tick of the watch and a generous rest for a loaded machine.
	if took := time.Since(cut); took < deadAfter/2 || took > 5*deadAfter {
		t.Errorf("a vanished peer was found after %s, want about %s", took, deadAfter)
	}
	for _, c := range []<-chan error{hubRead, agentRead} {
		if err := await(t, "a blocked read", c); err == nil {
			t.Error("a read on a dead session gave no error")
		}
	}
}

func TestHeartbeatsKeepAnIdleSession(t *testing.T) {
	r := newRig(t, both(func(o *Options) { o.Heartbeat, o.DeadAfter = 20*time.Millisecond, 500*time.Millisecond }))
	begin := time.Now()
	eventually(t, "three times DeadAfter has passed", func() bool { return time.Since(begin) > 1500*time.Millisecond })
	for name, s := range map[string]*Session{"hub": r.hub, "agent": r.agent} {
		if isClosed(s.Done()) {
			t.Errorf("the idle session ended at the %s: %v", name, s.Err())
		}
		if heard := time.Since(s.LastHeard()); heard > 500*time.Millisecond {
			t.Errorf("the %s heard its peer %s ago", name, heard)
		}
		if s.RTT() <= 0 || s.RTT() > time.Second {
			t.Errorf("round trip at the %s is %s on loopback", name, s.RTT())
		}
	}
}

func TestMaxStreams(t *testing.T) {
	t.Run("hub", func(t *testing.T) {
		r := newRig(t, func(hub, _ *Options) { hub.MaxStreams = 3 })
		go echo(r.agent.Listener(KindKube), "")
		var last net.Conn
		for range 3 {
			last = r.mustOpen(t, KindKube)
		}
		_, err := r.hub.OpenStream(t.Context(), KindKube)
		wantCode(t, err, errs.ResourceExhausted)
		last.Close()
		last.Close() // gives one slot back, not two
		if n := r.hub.Streams(); n != 2 {
			t.Fatalf("%d streams are counted, want 2", n)
		}
		r.mustOpen(t, KindKube)
	})
	t.Run("agent", func(t *testing.T) {
		r := newRig(t, func(_, agent *Options) { agent.MaxStreams = 3 })
		l := r.agent.Listener(KindKube)
		var ends []net.Conn
		for range 3 {
			_, far := r.open(t, KindKube, l)
			ends = append(ends, far)
		}
		refused := r.mustOpen(t, KindKube)
		refused.SetReadDeadline(time.Now().Add(patience))
		if _, err := refused.Read(make([]byte, 1)); err == nil || isTimeout(err) {
			t.Fatalf("the stream over the limit reads %v, want its end", err)
		}
		ends[0].Close()
		r.open(t, KindKube, l)
	})
}

func TestDrain(t *testing.T) {
	for _, side := range []string{"hub", "agent"} {
		t.Run("by the "+side, func(t *testing.T) {
			r := newRig(t)
			near, peer := r.hub, r.agent
			if side == "agent" {
				near, peer = r.agent, r.hub
			}
			st, far := r.open(t, KindKube, r.agent.Listener(KindKube))
			drained := in(func() error { return near.Drain(t.Context()) })
			await(t, "the peer to hear of it", peer.Draining())
			if isClosed(near.Draining()) {
				t.Error("Draining is closed at the end that asked")
			}
			_, err := r.hub.OpenStream(t.Context(), KindKube)
			wantCode(t, err, errs.Unavailable)

			// What was open goes on.
			mustWrite(t, st, "ping")
			if got := mustRead(t, far, 4); got != "ping" {
				t.Errorf("got %q", got)
			}
			select {
			case err := <-drained:
				t.Fatalf("Drain returned %v while a stream is open", err)
			default:
			}
			st.Close()
			far.Close()
			if err := await(t, "Drain", drained); err != nil {
				t.Errorf("Drain: %v", err)
			}
			if isClosed(near.Done()) || isClosed(peer.Done()) {
				t.Error("Drain ended the session")
			}
		})
	}
}

func TestDrainEndsWithItsContextAndWithTheSession(t *testing.T) {
	r := newRig(t)
	r.open(t, KindKube, r.agent.Listener(KindKube))
	ctx, cancel := context.WithCancel(t.Context())
	drained := in(func() error { return r.hub.Drain(ctx) })
	await(t, "the peer to hear of it", r.agent.Draining())
	cancel()
	if err := await(t, "Drain", drained); !errors.Is(err, context.Canceled) {
		t.Errorf("Drain: %v, want context.Canceled", err)
	}
	drained = in(func() error { return r.hub.Drain(t.Context()) })
	r.hub.Close()
	if err := await(t, "Drain", drained); err != nil {
		t.Errorf("Drain of a closed session: %v", err)
	}
}

// TestCutsLeaveNothingBehind cuts sessions at random moments of their work: no goroutine of theirs stays.
func TestCutsLeaveNothingBehind(t *testing.T) {
	endsClean(t) // what earlier tests leave ends first
	const cuts = 200
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range cuts {
		r := newRig(t, both(func(o *Options) { o.Class = []Class{Interactive, Bulk}[i%2] }))
		go echo(r.agent.Listener(KindKube), "hello")
		var wait sync.WaitGroup
		for range 1 + rng.IntN(4) {
			wait.Go(func() {
				st, err := r.hub.OpenStream(t.Context(), KindKube)
				if err != nil {
					return
				}
				defer st.Close()
				go io.Copy(io.Discard, st)
				for {
					if _, err := st.Write(make([]byte, 40_000)); err != nil {
						return
					}
				}
			})
		}
		spin := rng.IntN(2000)
		eventually(t, "a random moment", func() bool { spin -= 1000; return spin < 0 })
		switch rng.IntN(4) {
		case 0:
			r.hubConn.Close()
		case 1:
			r.agentConn.Close()
		case 2:
			r.hub.Close()
		case 3:
			r.agent.Close()
		}
		await(t, "the end at the hub", r.hub.Done())
		await(t, "the end at the agent", r.agent.Done())
		await(t, "the streams' users", in(func() bool { wait.Wait(); return true }))
	}
	endsClean(t)
}

func TestCloseFromManyGoroutines(t *testing.T) {
	r := newRig(t)
	r.open(t, KindKube, r.agent.Listener(KindKube))
	closed := in(func() bool {
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() { r.hub.Close() })
			wait.Go(func() { r.agent.Close() })
		}
		wait.Wait()
		return true
	})
	await(t, "sixteen times Close", closed)
}

func TestOptionsDefaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		window  uint32
		problem string
	}{
		{"interactive", Options{Class: Interactive, Logger: quiet()}, 256 << 10, ""},
		{"bulk", Options{Class: Bulk, Logger: quiet()}, 16 << 20, ""},
		{"own window", Options{Class: Bulk, Logger: quiet(), Window: 4 << 20}, 4 << 20, ""},
		{"no class", Options{Logger: quiet()}, 0, "class"},
		{"no logger", Options{Class: Bulk}, 0, "logger"},
		{"dead before it beats", Options{Class: Bulk, Logger: quiet(), Heartbeat: time.Minute}, 0, "heartbeats"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := c.options.withDefaults()
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("got %v, want an error about %s", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if o.Window != c.window || o.MaxStreams != 512 || o.Heartbeat != 5*time.Second || o.DeadAfter != 12*time.Second || o.WriteTimeout != 30*time.Second {
				t.Errorf("defaults: %+v", o)
			}
			config := o.yamux()
			if err := yamux.VerifyConfig(config); err != nil {
				t.Error(err)
			}
			if config.EnableKeepAlive || config.LogOutput != nil || config.MaxStreamWindowSize != c.window {
				t.Errorf("yamux is told %+v", config)
			}
		})
	}
	a, b := tcpPair(t)
	defer b.Close()
	defer a.Close()
	if _, err := Open(a, Options{}); err == nil {
		t.Error("a session without options started")
	}
}
