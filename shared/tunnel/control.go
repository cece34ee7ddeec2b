package tunnel

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/hashicorp/yamux"
)

// frame is a message on the control stream: one byte that names it, and eight that it may use.
type frame struct {
	kind  frameKind
	value uint64
}

type frameKind byte

const (
	framePing  frameKind = 1 // value: the sender's clock, echoed in the pong
	framePong  frameKind = 2
	frameDrain frameKind = 3 // open no more streams; dial anew
)

const frameSize = 9

func (f frame) encode() []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(f.kind)}, f.value)
}

func readFrame(r io.Reader) (frame, error) {
	var raw [frameSize]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: frameKind(raw[0]), value: binary.BigEndian.Uint64(raw[1:])}
	if f.kind < framePing || f.kind > frameDrain {
		return frame{}, fmt.Errorf("control frame of unknown kind %d", raw[0])
	}
	return f, nil
}

// openControl is the hub's start of the control stream.
func (s *Session) openControl() {
	st, err := s.openRaw(context.Background(), kindControl)
	if err != nil {
		s.end(fmt.Errorf("open control stream: %w", err))
		return
	}
	s.runControl(st)
}

// runControl carries heartbeats and drain until the session ends; the control stream's end is the session's.
func (s *Session) runControl(st *yamux.Stream) {
	defer st.Close()
	s.owned.Go(func() { s.writeControl(st) })
	for {
		f, err := readFrame(st)
		if err != nil {
			s.end(fmt.Errorf("read control stream: %w", err))
			return
		}
		switch f.kind {
		case framePing:
			select {
			case s.control <- frame{kind: framePong, value: f.value}:
			default: // our own writes are stuck; the peer's next ping comes soon
			}
		case framePong:
			if rtt := time.Now().UnixNano() - int64(f.value); rtt > 0 {
				s.rtt.Store(rtt)
			}
		case frameDrain:
			if !isClosed(s.draining) {
				close(s.draining)
			}
		}
	}
}

func (s *Session) writeControl(st *yamux.Stream) {
	tick := time.NewTicker(s.o.Heartbeat)
	defer tick.Stop()
	send := func(f frame) bool {
		_, err := st.Write(f.encode())
		if err != nil {
			s.end(fmt.Errorf("write control stream: %w", err))
		}
		return err == nil
	}
	ping := func() frame { return frame{kind: framePing, value: uint64(time.Now().UnixNano())} }
	for ok := send(ping()); ok; {
		select {
		case <-s.done:
			return
		case f := <-s.control:
			ok = send(f)
		case <-tick.C:
			ok = send(ping())
		}
	}
}

// Drain asks the peer to open no more streams and to go elsewhere, and waits until those that are open have ended or
// ctx has. It does not close the session.
func (s *Session) Drain(ctx context.Context) error {
	if s.leaving.CompareAndSwap(false, true) {
		select {
		case s.control <- frame{kind: frameDrain}:
		case <-s.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.Streams() > 0 {
		select {
		case <-tick.C:
		case <-s.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
