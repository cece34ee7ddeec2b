package tunnel

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestBackPressure: a writer whose reader has stopped blocks within the window, and everything arrives once it goes on.
func TestBackPressure(t *testing.T) {
	for _, c := range []struct {
		name   string
		window uint32
		toHub  bool
	}{
		{"hub to agent, interactive", 256 << 10, false},
		{"agent to hub, interactive", 256 << 10, true},
		{"hub to agent, 1 MiB", 1 << 20, false},
		{"agent to hub, 1 MiB", 1 << 20, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, both(func(o *Options) { o.Window = c.window }))
			writer, reader := r.open(t, KindKube, r.agent.Listener(KindKube))
			if c.toHub {
				writer, reader = reader, writer
			}
			sent := sha256.New()
			noise := rand.NewChaCha8([32]byte{1})
			chunk := make([]byte, 50_001)
			var total int
			writer.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			for {
				noise.Read(chunk)
				n, err := writer.Write(chunk)
				sent.Write(chunk[:n])
				total += n
				if err != nil {
					if !isTimeout(err) {
						t.Fatalf("the blocked write ended with %v, want a timeout", err)
					}
					break
				}
			}
			if total > int(c.window) || total < int(c.window)/2 {
				t.Fatalf("%d bytes were taken for a reader that has stopped, with a window of %d", total, c.window)
			}
			writer.SetWriteDeadline(time.Time{})
			rest := bytes.Repeat([]byte("more"), 100_000)
			wrote := in(func() error { _, err := writer.Write(rest); return err })
			sent.Write(rest)
			got := sha256.New()
			reader.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.CopyN(got, reader, int64(total+len(rest))); err != nil {
				t.Fatal(err)
			}
			if err := await(t, "the writer to go on", wrote); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
				t.Fatal("other bytes came than went")
			}
		})
	}
}

// TestStalledReadersCostAtMostTwiceTheWindow holds unread streams and weighs them.
func TestStalledReadersCostAtMostTwiceTheWindow(t *testing.T) {
	const streams, window = 16, 1 << 20
	r := newRig(t, both(func(o *Options) { o.Class, o.Window = Bulk, window }))
	l := r.agent.Listener(KindKube)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	chunk := make([]byte, writeChunk)
	var held int
	var ends []net.Conn
	for range streams {
		st, far := r.open(t, KindKube, l)
		far.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		for {
			n, err := far.Write(chunk)
			held += n
			if err != nil {
				break
			}
		}
		ends = append(ends, st, far)
	}
	cost := heap() - before
	t.Logf("%d unread streams: %d KiB of bytes, %d KiB of heap", streams, held>>10, cost>>10)
	if held < streams*window/2 {
		t.Errorf("only %d bytes are held: the test shows nothing", held)
	}
	if limit := int64(streams*window)*2 + 8<<20; cost > limit {
		t.Errorf("%d bytes of heap for %d unread streams, limit %d", cost, streams, limit)
	}
	runtime.KeepAlive(ends)
}

func TestDeadlines(t *testing.T) {
	r := newRig(t)
	hub, agent := r.open(t, KindKube, r.agent.Listener(KindKube))
	for name, nc := range map[string]net.Conn{"hub": hub, "agent": agent} {
		t.Run(name, func(t *testing.T) {
			other := agent
			if nc == agent {
				other = hub
			}
			begin := time.Now()
			nc.SetReadDeadline(begin.Add(30 * time.Millisecond))
			if _, err := nc.Read(make([]byte, 1)); !isTimeout(err) || time.Since(begin) < 30*time.Millisecond {
				t.Fatalf("read past its deadline: %v after %s", err, time.Since(begin))
			}
			// A deadline in the past wakes a read that waits already: net/http stops its background read so.
			nc.SetReadDeadline(time.Time{})
			read := in(func() error { _, err := nc.Read(make([]byte, 1)); return err })
			eventually(t, "the read is woken", func() bool {
				nc.SetReadDeadline(longAgo)
				return len(read) == 1
			})
			if err := <-read; !isTimeout(err) {
				t.Fatalf("the woken read ended with %v", err)
			}
			nc.SetDeadline(time.Time{})
			mustWrite(t, other, "after")
			if got := mustRead(t, nc, 5); got != "after" {
				t.Errorf("after the deadline was lifted: %q", got)
			}
		})
	}
}

func TestCloseLosesNothingWritten(t *testing.T) {
	const size = 3<<20 + 7
	for _, toHub := range []bool{false, true} {
		r := newRig(t, both(func(o *Options) { o.Class = Bulk }))
		writer, reader := r.open(t, KindKube, r.agent.Listener(KindKube))
		if toHub {
			writer, reader = reader, writer
		}
		wrote := in(func() error {
			defer writer.Close()
			_, err := writer.Write(make([]byte, size))
			return err
		})
		if err := await(t, "the write", wrote); err != nil {
			t.Fatal(err)
		}
		// All is written and closed before the first byte is read.
		reader.SetReadDeadline(time.Now().Add(patience))
		n, err := io.Copy(io.Discard, reader)
		if n != size || err != nil {
			t.Fatalf("toHub=%t: %d of %d bytes came, %v", toHub, n, size, err)
		}
	}
}

func TestCloseWakesEverybody(t *testing.T) {
	for _, closer := range []string{"hub", "agent"} {
		t.Run("closed by the "+closer, func(t *testing.T) {
			r := newRig(t, both(func(o *Options) { o.CloseLinger = 200 * time.Millisecond }))
			near, far := r.open(t, KindKube, r.agent.Listener(KindKube))
			if closer == "agent" {
				near, far = far, near
			}
			var wrote atomic.Int64
			endless := func(nc net.Conn) func() error {
				return func() error {
					for {
						n, err := nc.Write(make([]byte, 1<<10))
						if wrote.Add(int64(n)); err != nil {
							return err
						}
					}
				}
			}
			// The far end reads and writes, the near one writes and reads: net/http's shape. Neither drains the other's
			// writer, so both block on the window.
			nearWrite, farWrite := in(endless(near)), in(endless(far))
			// The first byte of the hub's window went for the kind, so its last write is a part of a KiB and not counted.
			eventually(t, "both windows are used", func() bool { return wrote.Load() >= 2*interactiveWindow-2<<10 })
			near.Close()
			if err := await(t, "the local writer", nearWrite); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the local writer ended with %v, want net.ErrClosed", err)
			}
			if _, err := near.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("a write after Close: %v", err)
			}
			farRead := in(func() error { _, err := io.Copy(io.Discard, far); return err })
			await(t, "the peer's reader", farRead)
			if err := await(t, "the peer's writer", farWrite); err == nil {
				t.Error("the peer's writer ended without an error")
			}
			far.Close()
			eventually(t, "yamux has forgotten the stream at both ends", func() bool {
				return r.hub.mux.NumStreams() == 1 && r.agent.mux.NumStreams() == 1
			})
			if r.hub.Streams() != 0 || r.agent.Streams() != 0 {
				t.Errorf("slots held: hub %d, agent %d", r.hub.Streams(), r.agent.Streams())
			}
		})
	}
}

func TestLocalReaderIsWokenByClose(t *testing.T) {
	r := newRig(t)
	near, _ := r.open(t, KindKube, r.agent.Listener(KindKube))
	var began atomic.Bool
	read := in(func() error { began.Store(true); _, err := near.Read(make([]byte, 1)); return err })
	eventually(t, "the read has begun", began.Load)
	near.Close()
	if err := await(t, "the read", read); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read ended with %v, want net.ErrClosed", err)
	}
}

// TestAbandonedStreams: one end has closed, the other writes without ever reading. It ends after CloseLinger, and
// nothing of it is kept.
func TestAbandonedStreams(t *testing.T) {
	for _, closer := range []string{"hub", "agent"} {
		t.Run("closed by the "+closer, func(t *testing.T) {
			const streams = 20
			r := newRig(t, both(func(o *Options) { o.CloseLinger = 200 * time.Millisecond }))
			l := r.agent.Listener(KindKube)
			var writers []<-chan error
			for range streams {
				near, far := r.open(t, KindKube, l)
				if closer == "agent" {
					near, far = far, near
				}
				writers = append(writers, in(func() error {
					defer far.Close()
					for {
						if _, err := far.Write(make([]byte, 10_000)); err != nil {
							return err
						}
					}
				}))
				near.Close()
			}
			for _, w := range writers {
				if err := await(t, "the writer of an abandoned stream", w); err == nil {
					t.Error("it ended without an error")
				}
			}
			eventually(t, "nothing but the control stream is left", func() bool {
				return r.hub.mux.NumStreams() == 1 && r.agent.mux.NumStreams() == 1 &&
					r.hub.Streams() == 0 && r.agent.Streams() == 0
			})
			if isClosed(r.hub.Done()) || isClosed(r.agent.Done()) {
				t.Error("the session did not outlive them")
			}
		})
	}
}
