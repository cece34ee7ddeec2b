// Package front owns the hub's public port: one TLS listener, and which engine answers what comes in on it. Tunnels are
// told apart by their ALPN, the clusters' endpoint and the chart by their paths; all else goes to the console's engine
// over memory. Each part can have a listener of its own instead.
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/fairlead/fairlead/shared/kubehttp"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// ClientIPHeader carries the address of the client to the console's engine, which sees only memory. It is taken from no
// client.
const ClientIPHeader = "X-Fairlead-Client-Ip"

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// Addresses are where the hub listens. Shared serves all; the others, where not empty, serve one part alone, which Shared
// then leaves out.
type Addresses struct {
	Shared, Console, Kube, Tunnel string
}

// Options is what a Front needs.
type Options struct {
	TLS            *tls.Config
	Console        func(net.Listener) error // the console's engine, which serves the listener until it is closed
	Kube           http.Handler             // /k8s/
	Chart          http.Handler             // /v2/
	Tunnel         func(context.Context, net.Conn)
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Logger         *slog.Logger
}

// Front is the hub's public side.
type Front struct {
	o       Options
	console *fasthttputil.InmemoryListener
	proxy   http.Handler
}

// New returns a Front.
func New(o Options) *Front {
	f := &Front{o: o, console: fasthttputil.NewInmemoryListener()}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:       f.rewrite,
		FlushInterval: -1,
		BufferPool:    new(kubehttp.Buffers),
		ErrorLog:      log.New(logWriter{o.Logger}, "", 0),
		Transport: &http.Transport{
			DialContext:         func(context.Context, string, string) (net.Conn, error) { return f.console.Dial() },
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true,
		},
	}
	return f
}

type part int

const (
	consolePart part = iota
	kubePart
	tunnelPart
)

// Run listens until ctx ends, then shuts down within grace. listening is called once with the bound addresses, in the
// order shared, console, kube, tunnel, those that are there.
func (f *Front) Run(ctx context.Context, a Addresses, grace time.Duration, listening func([]net.Addr)) error {
	own := map[part]string{consolePart: a.Console, kubePart: a.Kube, tunnelPart: a.Tunnel}
	shared := map[part]bool{}
	type open struct {
		listener net.Listener
		parts    map[part]bool
	}
	var opened []open
	var addresses []net.Addr
	listen := func(address string, parts map[part]bool) error {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		opened = append(opened, open{l, parts})
		addresses = append(addresses, l.Addr())
		return nil
	}
	for p, address := range own {
		shared[p] = address == ""
	}
	err := listen(a.Shared, shared)
	for _, p := range []part{consolePart, kubePart, tunnelPart} {
		if own[p] != "" && err == nil {
			err = listen(own[p], map[part]bool{p: true})
		}
	}
	if err != nil {
		for _, o := range opened {
			o.listener.Close()
		}
		return err
	}
	listening(addresses)

	var servers []*http.Server
	failed := make(chan error, len(opened)+1)
	for _, o := range opened {
		server := f.server(ctx, o.parts)
		servers = append(servers, server)
		go func() { failed <- server.ServeTLS(o.listener, "", "") }()
	}
	go func() { failed <- f.o.Console(f.console) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = nil
	}
	return errors.Join(err, f.shutdown(servers, grace))
}

func (f *Front) shutdown(servers []*http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	var wait sync.WaitGroup
	for _, s := range servers {
		wait.Go(func() {
			if s.Shutdown(ctx) != nil {
				s.Close() // what did not end in time: watches, event streams
			}
		})
	}
	wait.Wait()
	return f.console.Close()
}

func (f *Front) server(ctx context.Context, parts map[part]bool) *http.Server {
	config := f.o.TLS.Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	s := &http.Server{
		Handler:           f.handler(parts),
		TLSConfig:         config,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(logWriter{f.o.Logger}, "", 0),
		Protocols:         new(http.Protocols),
	}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	if parts[tunnelPart] {
		config.NextProtos = append([]string{tunnel.ALPN}, config.NextProtos...)
		s.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
			tunnel.ALPN: func(_ *http.Server, conn *tls.Conn, _ http.Handler) { f.tunnel(ctx, conn) },
		}
	}
	return s
}

// tunnel takes over a connection whose TLS handshake is done. TLS 1.3 is demanded: its exporter binds the agent's proof.
func (f *Front) tunnel(ctx context.Context, conn *tls.Conn) {
	if conn.ConnectionState().Version < tls.VersionTLS13 {
		f.o.Logger.Warn("tunnel connection refused: TLS 1.3 is needed", "remote", conn.RemoteAddr().String())
		return
	}
	conn.SetDeadline(time.Time{})
	f.o.Tunnel(ctx, conn)
}

func (f *Front) handler(parts map[part]bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The escaped path is compared, and nothing is cleaned or redirected: what Kubernetes' clients sent must arrive.
		path := r.URL.EscapedPath()
		switch {
		case r.Method == http.MethodConnect:
			http.Error(w, "This hub is no proxy.", http.StatusMethodNotAllowed)
		case strings.HasPrefix(path, "/k8s/") && parts[kubePart]:
			f.o.Kube.ServeHTTP(w, r)
		case (path == "/v2" || strings.HasPrefix(path, "/v2/")) && parts[consolePart]:
			f.o.Chart.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/k8s/") || !parts[consolePart]:
			http.Error(w, "Not served at this address.", http.StatusNotFound)
		default:
			f.proxy.ServeHTTP(w, r)
		}
	})
}

func (f *Front) rewrite(r *httputil.ProxyRequest) {
	client := f.clientIP(r.In)
	for name := range r.Out.Header {
		if strings.HasPrefix(name, "X-Forwarded-") || name == ClientIPHeader || name == "Forwarded" || name == "X-Real-Ip" {
			delete(r.Out.Header, name)
		}
	}
	r.Out.URL.Scheme, r.Out.URL.Host = "http", "console"
	r.Out.Host = r.In.Host
	r.Out.Header.Set(ClientIPHeader, client)
	r.Out.Header.Set("X-Forwarded-Proto", "https")
}

// clientIP returns the peer's address, or, where the peer is a proxy that the operator trusts, the last address in
// X-Forwarded-For that no trusted proxy has written about itself.
func (f *Front) clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && f.trusted(host); i-- {
		next := strings.TrimSpace(forwarded[i])
		if _, err := netip.ParseAddr(next); err != nil {
			break
		}
		host = next
	}
	return host
}

func (f *Front) trusted(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range f.o.TrustedProxies {
		if prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

type logWriter struct{ logger *slog.Logger }

func (l logWriter) Write(b []byte) (int, error) {
	l.logger.Debug("http", "message", strings.TrimSpace(string(b)))
	return len(b), nil
}
