package tunnel

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// httpRig is the shape of the real thing: a client, the hub's reverse proxy, a stream, the agent's http.Server with a
// reverse proxy, and an upstream server.
type httpRig struct {
	*rig
	front  *httptest.Server
	client *http.Client
}

func newHTTPRig(t *testing.T, upstream http.Handler) *httpRig {
	t.Helper()
	h := &httpRig{rig: newRig(t, both(func(o *Options) { o.CloseLinger = time.Second }))}
	target := httptest.NewServer(upstream)
	t.Cleanup(target.Close)
	proxyTo := func(address string, transport http.RoundTripper) http.Handler {
		to, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return &httputil.ReverseProxy{
			Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
			Transport:     transport,
			FlushInterval: -1,
			ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		}
	}
	agent := &http.Server{Handler: proxyTo(target.URL, &http.Transport{})}
	go agent.Serve(h.agent.Listener(KindKube))
	t.Cleanup(func() { agent.Close() })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return h.hub.OpenStream(ctx, KindKube)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	h.front = httptest.NewServer(proxyTo("http://agent", transport))
	t.Cleanup(h.front.Close)
	h.client = h.front.Client()
	return h
}

func TestHTTPThroughReverseProxies(t *testing.T) {
	const size = 2 << 20
	h := newHTTPRig(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("Received", fmt.Sprint(n))
		w.Write(make([]byte, size))
	}))
	for i := range 5 {
		resp, err := h.client.Post(h.front.URL+"/x", "application/octet-stream", strings.NewReader(strings.Repeat("u", size)))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || n != size || resp.Header.Get("Received") != fmt.Sprint(size) {
			t.Fatalf("request %d: %d bytes, %v, upstream got %s", i, n, err, resp.Header.Get("Received"))
		}
	}
	if n := h.hub.Streams(); n != 1 {
		t.Errorf("five requests one after another use %d streams, want one that is kept", n)
	}
}

func TestClientThatLeavesEndsTheWatch(t *testing.T) {
	ended := make(chan struct{})
	h := newHTTPRig(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(ended)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "first\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancel()
	await(t, "the upstream's request to be cancelled", ended)
	eventually(t, "its stream is gone at both ends", func() bool {
		return h.hub.Streams() == 0 && h.agent.Streams() == 0 && h.hub.mux.NumStreams() == 1 && h.agent.mux.NumStreams() == 1
	})
}

// TestClientThatLeavesAnEndlessDownload: the agent's handler writes as fast as it can when the client goes.
func TestClientThatLeavesAnEndlessDownload(t *testing.T) {
	ended := make(chan struct{})
	h := newHTTPRig(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	resp, err := h.client.Get(h.front.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	await(t, "the upstream's handler", ended)
	eventually(t, "its stream is gone at both ends", func() bool {
		return h.hub.Streams() == 0 && h.agent.Streams() == 0 && h.hub.mux.NumStreams() == 1 && h.agent.mux.NumStreams() == 1
	})
}

func TestUpgradeThroughReverseProxies(t *testing.T) {
	var upstreamEnded atomic.Bool
	h := newHTTPRig(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nc, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		defer upstreamEnded.Store(true)
		defer nc.Close()
		io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nready\n")
		io.Copy(nc, rw)
	}))
	nc, err := net.Dial("tcp", h.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	mustWrite(t, nc, "GET /exec HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	br := bufio.NewReader(nc)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v, %v", resp, err)
	}
	if line, err := br.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	for range 50 {
		mustWrite(t, nc, "keystroke\n")
		if line, err := br.ReadString('\n'); err != nil || line != "keystroke\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
	nc.Close()
	eventually(t, "the upstream's end of the upgraded connection ends", upstreamEnded.Load)
	eventually(t, "its stream is gone at both ends", func() bool {
		return h.hub.Streams() == 0 && h.agent.Streams() == 0 && h.hub.mux.NumStreams() == 1 && h.agent.mux.NumStreams() == 1
	})
}

func TestSessionEndIsABadGateway(t *testing.T) {
	h := newHTTPRig(t, http.NotFoundHandler())
	h.agent.Close()
	await(t, "the hub's end", h.hub.Done())
	resp, err := h.client.Get(h.front.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadGateway {
		t.Errorf("status %d over a link that is gone, want 502", resp.StatusCode)
	}
}
