package kube

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead/fairlead/agent/internal/ceiling"
	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/kubehttp"
)

// SessionExtra is the key of user.extra under which the cluster's own audit log finds the person's Fairlead session.
const SessionExtra = "fairlead.io/session"

// Options is what a Proxy needs.
type Options struct {
	Target    *url.URL          // the API server, e.g. https://10.96.0.1:443
	Transport http.RoundTripper // from Transport; carries the agent's own credential
	Ceiling   *ceiling.Ceiling
	Logger    *slog.Logger
}

// Proxy is the handler for one link: its assertions are valid on that link alone. Safe for concurrent use.
type Proxy struct {
	o        Options
	hubID    string
	verified *verifiedCache
	proxy    *httputil.ReverseProxy
}

// claimsKey is the context key of what a request's assertion says, after the ceiling.
type claimsKey struct{}

// New returns the handler for the link of verifier, whose hub is hubID.
func New(o Options, hubID string, verifier *assertion.Verifier, now func() time.Time) *Proxy {
	p := &Proxy{o: o, hubID: hubID, verified: newVerifiedCache(verifier, now)}
	p.proxy = &httputil.ReverseProxy{
		// Rewrite, not Director: hop-by-hop headers are gone before it runs, so that none named in Connection can
		// take away what it sets.
		Rewrite:       p.rewrite,
		Transport:     guard{o.Transport},
		FlushInterval: -1,
		BufferPool:    new(kubehttp.Buffers),
		ErrorHandler:  p.failed,
		ErrorLog:      log.New(logWriter{o.Logger}, "", 0),
	}
	return p
}

// ServeHTTP answers one request of a person. Errors are Kubernetes Status objects.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id := r.Header.Get(kubehttp.RequestIDHeader); id != "" && len(id) <= 64 {
		w.Header().Set(kubehttp.RequestIDHeader, id)
	}
	claims, err := p.admit(r)
	if err != nil {
		kubehttp.WriteError(w, r, err)
		return
	}
	p.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
}

func (p *Proxy) admit(r *http.Request) (assertion.Claims, error) {
	if err := kubehttp.Check(r); err != nil {
		return assertion.Claims{}, err
	}
	claims, err := p.verified.verify(r.Header.Get(assertion.Header))
	if err != nil {
		return assertion.Claims{}, err
	}
	claims.Groups = p.o.Ceiling.Groups(p.hubID, claims.Groups)
	if len(claims.Groups) == 0 {
		return assertion.Claims{}, errs.New(errs.Forbidden, "The ceiling of this cluster (ceiling.preset=%s) accepts none of your roles.", p.o.Ceiling.Preset())
	}
	return claims, p.o.Ceiling.Check(kubehttp.Parse(r))
}

func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(p.o.Target)
	// SetURL joins and cleans nothing, but the raw path must stay as the person wrote it.
	r.Out.URL.Path, r.Out.URL.RawPath = r.In.URL.Path, r.In.URL.RawPath
	r.Out.Host = ""
	h := r.Out.Header
	for name := range h {
		if strings.HasPrefix(name, "Fairlead-") || strings.HasPrefix(name, "X-Remote-") {
			delete(h, name)
		}
	}
	h.Del("Authorization")
	h.Del("Cookie")
	query := r.In.URL.Query()
	if selector, ok := p.o.Ceiling.Narrow(kubehttp.Parse(r.In), query.Get("fieldSelector")); ok {
		query["fieldSelector"] = []string{selector}
		r.Out.URL.RawQuery = query.Encode()
	}
	claims, _ := r.In.Context().Value(claimsKey{}).(assertion.Claims)
	impersonate(h, claims)
}

// impersonate sets who a request is made for: exactly this and nothing else, see guard.
func impersonate(h http.Header, c assertion.Claims) {
	h["Impersonate-User"] = []string{c.User}
	h["Impersonate-Group"] = c.Groups
	if c.Session != "" {
		h[extraHeader] = []string{c.Session}
	}
}

// extraHeader is Impersonate-Extra- and the percent-encoded key, as Kubernetes wants it.
var extraHeader = http.CanonicalHeaderKey("Impersonate-Extra-" + url.PathEscape(SessionExtra))

// guard is the last thing before the wire: it lets no request out that does not bear exactly the impersonation that its
// assertion calls for, since one without would run with the agent's own rights.
type guard struct{ next http.RoundTripper }

func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	claims, ok := r.Context().Value(claimsKey{}).(assertion.Claims)
	if !ok || claims.User == "" || len(claims.Groups) == 0 {
		return nil, errors.New("a request without an assertion reached the transport")
	}
	want := http.Header{}
	impersonate(want, claims)
	seen := 0
	for name, values := range r.Header {
		if !strings.HasPrefix(strings.ToLower(name), "impersonate") {
			continue
		}
		seen++
		if !sameStrings(values, want[name]) {
			return nil, fmt.Errorf("impersonation header %s does not say what the assertion says", name)
		}
	}
	if seen != len(want) {
		return nil, errors.New("a request lost an impersonation header on its way to the transport")
	}
	return g.next.RoundTrip(r)
}

func sameStrings(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (p *Proxy) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		// The person left; nobody reads an answer. A panic of this kind makes net/http drop the stream.
		panic(http.ErrAbortHandler)
	}
	p.o.Logger.Warn("request to the API server failed", "method", r.Method, "error", err)
	kubehttp.WriteError(w, r, errs.Wrap(err, errs.Unavailable, "The agent cannot reach the API server of its cluster now."))
}

// logWriter takes what the standard library logs of proxied connections.
type logWriter struct{ logger *slog.Logger }

func (l logWriter) Write(b []byte) (int, error) {
	l.logger.Debug("proxy", "message", strings.TrimSpace(string(b)))
	return len(b), nil
}
