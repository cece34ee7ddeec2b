package kube

import (
	"context"
	"crypto/subtle"
	"log"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead/fairlead/hub/internal/access"
	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/hub/internal/link"
	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/kubehttp"
)

// Prefix is where the handler lives.
const Prefix = "/k8s/clusters/"

// Tokens verifies bearer tokens and says whether a session still lives.
type Tokens interface {
	AuthenticateKube(ctx context.Context, token string) (identity.Principal, error)
	Alive(ctx context.Context, sessionID string) error
}

// Clusters finds what the address names.
type Clusters interface {
	Get(ctx context.Context, id string) (cluster.Cluster, error)
	Resolve(ctx context.Context, idOrName string, r cluster.Reach) (cluster.Cluster, error)
}

// Access decides how a person's calls run in a cluster.
type Access interface {
	Reach(ctx context.Context, p identity.Principal) (cluster.Reach, error)
	Decide(ctx context.Context, p identity.Principal, c cluster.Cluster) (access.Decision, error)
}

// Links finds live links.
type Links interface {
	Link(ctx context.Context, c cluster.Cluster) (*link.Link, error)
}

// Options is what a Handler needs.
type Options struct {
	HubID      string
	Tokens     Tokens
	Clusters   Clusters
	Access     Access
	Links      Links
	Signer     *assertion.Signer
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Handler serves Prefix. Safe for concurrent use.
type Handler struct {
	o          Options
	assertions *assertionCache
	live       *liveRequests
	proxy      *httputil.ReverseProxy
	requests   *prometheus.CounterVec
	seconds    prometheus.Histogram
}

// New returns a Handler; Run must run for permissions to end streams that are under way.
func New(o Options) *Handler {
	h := &Handler{o: o, assertions: newAssertionCache(o), live: newLiveRequests()}
	h.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fairlead_hub_kube_requests_total", Help: "Requests on the clusters' endpoints, by verb and status class.",
	}, []string{"verb", "status"})
	h.seconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "fairlead_hub_kube_first_byte_seconds", Help: "Time to the answer's head, of requests that were passed on.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	o.Registerer.MustRegister(h.requests, h.seconds)
	h.proxy = &httputil.ReverseProxy{
		Rewrite:        h.rewrite,
		ModifyResponse: h.answered,
		Transport:      linkTransport{},
		FlushInterval:  -1,
		BufferPool:     new(kubehttp.Buffers),
		ErrorHandler:   h.failed,
		ErrorLog:       log.New(logWriter{o.Logger}, "", 0),
	}
	return h
}

// call is a request that has been let in.
type call struct {
	principal identity.Principal
	cluster   cluster.Cluster
	decision  access.Decision
	link      *link.Link
	info      kubehttp.Info
	path      string // decoded, below the cluster
	rawPath   string
	assertion string
	requestID string
	began     time.Time
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// ServeHTTP passes one request on. Its errors are Kubernetes Status objects.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := id.New("r")
	w.Header().Set(kubehttp.RequestIDHeader, requestID)
	c, err := h.admit(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	c.requestID = requestID
	ctx, finish := h.live.begin(context.WithValue(r.Context(), callKey{}, c), c)
	defer finish()
	h.proxy.ServeHTTP(w, r.WithContext(ctx))
}

// admit decides everything that can be decided at the hub, cheapest first.
func (h *Handler) admit(r *http.Request) (*call, error) {
	if err := kubehttp.Check(r); err != nil {
		return nil, err
	}
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	principal, err := h.o.Tokens.AuthenticateKube(r.Context(), token)
	if err != nil {
		return nil, err
	}
	ref, path, rawPath, err := split(r.URL)
	if err != nil {
		return nil, err
	}
	c := &call{principal: principal, path: path, rawPath: rawPath, began: time.Now()}
	if c.cluster, err = h.find(r.Context(), principal, ref); err != nil {
		return nil, err
	}
	// The cluster that was loaded, not the one that the address names, must be the one that the token is for.
	if subtle.ConstantTimeCompare([]byte(principal.Audience), []byte(identity.KubeAudience(c.cluster.ID))) != 1 {
		return nil, errs.New(errs.Unauthenticated, "The token is for another cluster.")
	}
	if c.decision, err = h.o.Access.Decide(r.Context(), principal, c.cluster); err != nil {
		return nil, err
	}
	if c.link, err = h.o.Links.Link(r.Context(), c.cluster); err != nil {
		return nil, err
	}
	c.info = kubehttp.Parse(&http.Request{Method: r.Method, URL: &url.URL{Path: path, RawQuery: r.URL.RawQuery}})
	c.assertion, err = h.assertions.get(c)
	return c, err
}

func bearer(r *http.Request) (string, error) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errs.New(errs.Unauthenticated, "A bearer token is needed here: use a kubeconfig that `fairlead kubeconfig` has written.")
	}
	return token, nil
}

// split takes the cluster and the path below it out of an address, without changing how the path is escaped.
func split(u *url.URL) (ref, path, rawPath string, err error) {
	escaped, ok := strings.CutPrefix(u.EscapedPath(), Prefix)
	refEscaped, rest, _ := strings.Cut(escaped, "/")
	ref, unescapeErr := url.PathUnescape(refEscaped)
	if !ok || ref == "" || unescapeErr != nil {
		return "", "", "", errs.New(errs.NotFound, "Clusters are at %s{id or name}/.", Prefix)
	}
	rawPath = "/" + rest
	path, err = url.PathUnescape(rawPath)
	if err != nil {
		return "", "", "", errs.New(errs.Invalid, "The path of the request cannot be unescaped.")
	}
	return ref, path, rawPath, nil
}

func (h *Handler) find(ctx context.Context, p identity.Principal, ref string) (cluster.Cluster, error) {
	if id.Is("c", ref) {
		c, err := h.o.Clusters.Get(ctx, ref)
		if errs.Is(err, errs.NotFound) {
			return c, cluster.NotFound(ref)
		}
		return c, err
	}
	reach, err := h.o.Access.Reach(ctx, p)
	if err != nil {
		return cluster.Cluster{}, err
	}
	return h.o.Clusters.Resolve(ctx, ref, reach)
}

func (h *Handler) rewrite(r *httputil.ProxyRequest) {
	c := callOf(r.In.Context())
	out := r.Out
	out.URL.Scheme, out.URL.Host = "http", "agent"
	out.URL.Path, out.URL.RawPath = c.path, c.rawPath
	out.Host = "agent"
	for name := range out.Header {
		if strings.HasPrefix(name, "Fairlead-") || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Remote-") {
			delete(out.Header, name)
		}
	}
	for _, name := range []string{"Authorization", "Cookie", "Forwarded", "X-Real-Ip"} {
		out.Header.Del(name)
	}
	out.Header.Set(assertion.Header, c.assertion)
	out.Header.Set(kubehttp.RequestIDHeader, c.requestID)
}

// linkTransport sends a call over its link, in the connection of its class.
type linkTransport struct{}

func (linkTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := callOf(r.Context())
	return c.link.Transport(classOf(r, c.info)).RoundTrip(r)
}

// answered keeps what must not pass from a cluster to the hub's own address.
func (h *Handler) answered(response *http.Response) error {
	c := callOf(response.Request.Context())
	h.seconds.Observe(time.Since(c.began).Seconds())
	h.count(c.info.Verb, response.StatusCode)
	response.Header.Del("Set-Cookie")
	response.Header.Del("Strict-Transport-Security")
	response.Header.Del(kubehttp.RequestIDHeader)
	return nil
}

func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	c := callOf(r.Context())
	if cause := context.Cause(r.Context()); cause != nil {
		if errs.Is(cause, errs.Unauthenticated) || errs.Is(cause, errs.NotFound) || errs.Is(cause, errs.Unavailable) {
			h.refuse(w, r, cause)
			return
		}
		panic(http.ErrAbortHandler) // the client has left
	}
	if !errs.Is(err, errs.Unavailable) && !errs.Is(err, errs.ResourceExhausted) {
		h.o.Logger.Info("request over a link failed", "cluster", c.cluster.ID, "request", w.Header().Get(kubehttp.RequestIDHeader), "error", err)
		err = errs.Wrap(err, errs.Unavailable, "The link to cluster %s/%s was lost while the request was under way.", c.cluster.Tenant, c.cluster.Name)
	}
	h.refuse(w, r, err)
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := errs.CodeOf(err)
	if code == errs.Internal {
		h.o.Logger.Error("request failed", "request", w.Header().Get(kubehttp.RequestIDHeader), "error", err)
	}
	h.count("refused", errs.HTTPStatus(code))
	kubehttp.WriteError(w, r, err)
}

func (h *Handler) count(verb string, status int) {
	h.requests.WithLabelValues(knownVerb(verb), string(rune('0'+status/100))+"xx").Inc()
}

// knownVerb keeps what a client may write out of the metrics' labels.
func knownVerb(verb string) string {
	switch verb {
	case "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "refused":
		return verb
	}
	return "other"
}

type logWriter struct{ logger *slog.Logger }

func (l logWriter) Write(b []byte) (int, error) {
	l.logger.Debug("proxy", "message", strings.TrimSpace(string(b)))
	return len(b), nil
}
