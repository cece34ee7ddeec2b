package tunnel

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/yamux"
)

// ALPN is the TLS application protocol of tunnel connections on the hub's one port.
const ALPN = "fairlead-tunnel/1"

// Kind is the first byte of a stream: who serves it at the agent.
type Kind byte

// The kinds of streams.
const (
	KindRelay   Kind = 'r' // gRPC: control and small typed calls
	KindKube    Kind = 'k' // HTTP/1.1 to the Kubernetes API
	kindControl Kind = 'c' // heartbeats and drain; one for each session, the first
)

// Class says which connection of a link carries a stream.
type Class string

// The classes.
const (
	Interactive Class = "interactive" // small and urgent: keystrokes, single objects, watches
	Bulk        Class = "bulk"        // large: lists, copies, forwards
)

// Windows in bytes. A stalled reader holds one window, and yamux may hold it twice.
const (
	interactiveWindow = 256 << 10
	bulkWindow        = 16 << 20
)

// Options of a session. The zero value of each field means its default.
type Options struct {
	Class        Class
	Logger       *slog.Logger
	Heartbeat    time.Duration // 5 s: how often each end says something
	DeadAfter    time.Duration // 12 s without a byte from the peer end the session
	WriteTimeout time.Duration // 30 s: longer than any stall that is tolerated, see the package comment
	CloseLinger  time.Duration // 30 s: how long a closed stream waits for its peer's close before it is reset
	Window       uint32        // bytes; 256 KiB interactive, 16 MiB bulk
	MaxStreams   int           // 512 at a time
}

func (o Options) withDefaults() (Options, error) {
	if o.Class != Interactive && o.Class != Bulk {
		return o, fmt.Errorf("session class %q: interactive or bulk is needed", o.Class)
	}
	if o.Logger == nil {
		return o, errors.New("a session needs a logger")
	}
	setDefault(&o.Heartbeat, 5*time.Second)
	setDefault(&o.DeadAfter, 12*time.Second)
	setDefault(&o.WriteTimeout, 30*time.Second)
	setDefault(&o.CloseLinger, 30*time.Second)
	setDefault(&o.MaxStreams, 512)
	if o.Class == Interactive {
		setDefault(&o.Window, interactiveWindow)
	} else {
		setDefault(&o.Window, bulkWindow)
	}
	if o.DeadAfter <= o.Heartbeat {
		return o, fmt.Errorf("a session that is dead after %s needs heartbeats more often than every %s", o.DeadAfter, o.Heartbeat)
	}
	return o, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (o Options) yamux() *yamux.Config {
	c := yamux.DefaultConfig()
	c.AcceptBacklog = o.MaxStreams
	c.EnableKeepAlive = false // the control stream does it, see control.go
	c.ConnectionWriteTimeout = o.WriteTimeout
	c.StreamOpenTimeout = o.WriteTimeout
	c.StreamCloseTimeout = o.CloseLinger
	c.MaxStreamWindowSize = o.Window
	c.LogOutput = nil
	c.Logger = yamuxLog{o.Logger}
	return c
}
