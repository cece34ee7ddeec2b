package tunnel

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

func FuzzReadFrame(f *testing.F) {
	for _, kind := range []frameKind{framePing, framePong, frameDrain} {
		f.Add(frame{kind: kind, value: 1 << 60}.encode())
	}
	f.Add([]byte{})
	f.Add([]byte{9, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := bytes.NewReader(raw)
		got, err := readFrame(r)
		if read := len(raw) - r.Len(); read > frameSize {
			t.Fatalf("%d bytes were read for one frame", read)
		}
		if err != nil {
			return
		}
		if back := got.encode(); !bytes.Equal(back, raw[:frameSize]) {
			t.Fatalf("%x became %x", raw[:frameSize], back)
		}
	})
}

// FuzzStreamStart sends arbitrary first bytes on a stream: only a stream of a kind that is served gets anything, and
// the session outlives everything but a broken control stream.
func FuzzStreamStart(f *testing.F) {
	f.Add([]byte{byte(KindKube), 'G', 'E', 'T'})
	f.Add([]byte{byte(KindRelay)})
	f.Add([]byte{0})
	f.Add([]byte{0xff, 0xff})
	f.Add([]byte("PRI * HTTP/2.0"))
	f.Add(append([]byte{byte(kindControl)}, frame{kind: framePing, value: 7}.encode()...))
	f.Add([]byte{byte(kindControl), 200, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, start []byte) {
		if len(start) == 0 || len(start) > 1<<10 {
			return
		}
		r := newRig(t)
		go echo(r.agent.Listener(KindKube), "kube")
		st, err := r.hub.mux.OpenStream()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Write(start); err != nil {
			t.Fatal(err)
		}
		st.SetReadDeadline(time.Now().Add(patience))
		switch Kind(start[0]) {
		case KindKube:
			if got := mustRead(t, st, 4); got != "kube" {
				t.Fatalf("got %q", got)
			}
		case kindControl:
			return // a second control stream, whatever it says, may end the session; it must not panic
		default:
			if n, err := st.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Fatalf("a stream that starts with %q was served: %d, %v", start[0], n, err)
			}
		}
		if isClosed(r.agent.Done()) {
			t.Fatalf("the session ended: %v", r.agent.Err())
		}
	})
}

func TestControlRubbishEndsTheSession(t *testing.T) {
	r := newRig(t)
	st, err := r.hub.mux.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Write(append([]byte{byte(kindControl)}, bytes.Repeat([]byte{0xee}, 100)...)); err != nil {
		t.Fatal(err)
	}
	await(t, "the session's end", r.agent.Done())
	if r.agent.Err() == nil {
		t.Error("no reason is given")
	}
}

// record keeps what was written, one element a Write.
type record struct {
	net.Conn
	writes [][]byte
}

func (r *record) Write(p []byte) (int, error) {
	r.writes = append(r.writes, bytes.Clone(p))
	return len(p), nil
}

func TestFramesAreJoined(t *testing.T) {
	header := func(kind byte, length uint32) []byte {
		return []byte{0, kind, 0, 0, 0, 0, 0, 1, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)}
	}
	body := bytes.Repeat([]byte{7}, writeChunk)
	var r record
	c := &conn{Conn: &r}
	var all []byte
	for _, p := range [][]byte{
		header(1, 5), // a window update: no body follows
		header(typeData, 3), []byte("abc"),
		header(typeData, 0),                         // a data frame without a body
		header(typeData, frameHeader), header(1, 9), // a body that looks like a header
		header(typeData, writeChunk), body,
		header(2, 1),
	} {
		if n, err := c.Write(p); n != len(p) || err != nil {
			t.Fatalf("write of %d bytes: %d, %v", len(p), n, err)
		}
		all = append(all, p...)
	}
	if got := bytes.Join(r.writes, nil); !bytes.Equal(got, all) {
		t.Error("other bytes were sent than written")
	}
	if len(r.writes) != 6 {
		t.Errorf("%d writes for 6 frames", len(r.writes))
	}
	c.Write(header(typeData, writeChunk+1))
	if _, err := c.Write(append(body, 7)); err == nil {
		t.Error("a frame over the limit was taken")
	}
}

func TestWritesAreCutIntoFrames(t *testing.T) {
	r := newRig(t, both(func(o *Options) { o.Class = Bulk }))
	near, far := r.open(t, KindKube, r.agent.Listener(KindKube))
	noise := make([]byte, 5*writeChunk+17)
	rand.NewChaCha8([32]byte{3}).Read(noise)
	wrote := in(func() error { n, err := near.Write(noise); _ = n; return err })
	if got := mustRead(t, far, len(noise)); got != string(noise) {
		t.Error("other bytes came than went")
	}
	if err := await(t, "the write", wrote); err != nil {
		t.Fatal(err)
	}
}

func TestBackoff(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var b Backoff
	// highest waits at each attempt of many outages; full jitter comes near its bound and near nothing.
	for _, c := range []struct {
		attempt int
		after   time.Duration
		bound   time.Duration
	}{
		{0, 0, 100 * time.Millisecond}, {1, time.Second, 200 * time.Millisecond}, {2, time.Second, 400 * time.Millisecond},
		{3, time.Second, 800 * time.Millisecond}, {4, time.Second, 1600 * time.Millisecond}, {5, time.Second, 3 * time.Second},
		{6, 14 * time.Minute, 3 * time.Second}, {7, 16 * time.Minute, 30 * time.Second}, {200, time.Hour, 30 * time.Second},
	} {
		low, high := c.bound, time.Duration(0)
		for range 400 {
			b.Reset()
			for range c.attempt {
				b.Next(now)
			}
			wait := b.Next(now.Add(c.after))
			if wait <= 0 || wait > c.bound+time.Millisecond {
				t.Fatalf("attempt %d after %s waits %s, want up to %s", c.attempt, c.after, wait, c.bound)
			}
			low, high = min(low, wait), max(high, wait)
		}
		if high < c.bound*8/10 || low > c.bound*2/10+time.Millisecond {
			t.Errorf("attempt %d: waits from %s to %s do not use the whole of %s", c.attempt, low, high, c.bound)
		}
	}
}
