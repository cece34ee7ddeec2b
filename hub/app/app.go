// Package app is the only place where the hub's parts are put together: New opens what the hub stands on (keys,
// certificates, database), Run serves until the context ends.
package app

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fairlead/fairlead/hub/internal/access"
	"github.com/fairlead/fairlead/hub/internal/chart"
	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/hub/internal/front"
	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/hub/internal/keys"
	"github.com/fairlead/fairlead/hub/internal/kube"
	"github.com/fairlead/fairlead/hub/internal/link"
	"github.com/fairlead/fairlead/hub/internal/pki"
	"github.com/fairlead/fairlead/hub/internal/rest"
	"github.com/fairlead/fairlead/hub/internal/store"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/tunnel"
	"github.com/fairlead/fairlead/shared/version"
)

// Options is the hub's configuration.
type Options struct {
	DataDir        string // keys, CA and the SQLite file, where these are not given apart
	KeysDir        string // default DataDir/keys
	Database       string // DSN; default DataDir/fairlead.db
	Listen         front.Addresses
	ListenMetrics  string // metrics and health, not for the public; empty: nowhere
	PublicURL      string // https://host[:port], which people and agents use
	AgentURL       string // where agents dial, if that is another address; default PublicURL
	Origins        []string
	TLSCert        string
	TLSKey         string
	TLSNames       []string // further names of the self-made certificate
	TrustedProxies []netip.Prefix
	AgentImage     string
	AdminEmail     string
	AdminPassword  string
	Console        fs.FS // the built console
	Chart          fs.FS // the agent's chart
	Tunnel         tunnel.Options
	Grace          time.Duration // how long streams may go on when the hub stops; default 20 s
	Logger         *slog.Logger
	// Listening is called once with the bound public addresses; nil is fine.
	Listening func([]net.Addr)
	// FirstAdmin is called once, when the first admin was made with a generated password.
	FirstAdmin func(email, password string)
}

// Hub is one hub. Run it once.
type Hub struct {
	o        Options
	hub      api.Hub
	agentURL string
	store    *store.Store
	links    *link.Registry
	kube     *kube.Handler
	rest     *rest.Server
	front    *front.Front
	registry *prometheus.Registry
}

// New opens what the hub stands on and makes what is missing on a first start: keys, CA, database, admin.
func New(ctx context.Context, o Options) (*Hub, error) {
	if o.KeysDir == "" {
		o.KeysDir = filepath.Join(o.DataDir, "keys")
	}
	if o.Database == "" {
		o.Database = filepath.Join(o.DataDir, "fairlead.db")
	}
	if o.Grace == 0 {
		o.Grace = 20 * time.Second
	}
	publicURL, err := url.Parse(o.PublicURL)
	if err != nil || publicURL.Scheme != "https" || publicURL.Host == "" {
		return nil, errors.New("the public URL must be https://host[:port], as people and agents will use it")
	}
	agentURL := publicURL
	if o.AgentURL != "" {
		if agentURL, err = url.Parse(o.AgentURL); err != nil || agentURL.Scheme != "https" || agentURL.Host == "" {
			return nil, errors.New("the agents' URL must be https://host[:port]")
		}
	}
	set, err := keys.Load(o.KeysDir)
	if err != nil {
		return nil, err
	}
	certificates, err := pki.New(pki.Options{
		Dir: filepath.Join(o.DataDir, "tls"), CertFile: o.TLSCert, KeyFile: o.TLSKey,
		Names: append([]string{publicURL.Hostname(), agentURL.Hostname()}, o.TLSNames...), Now: time.Now, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	h := &Hub{o: o, registry: prometheus.NewRegistry(), agentURL: "https://" + agentURL.Host}
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h.hub = api.Hub{
		ID: set.HubID, URL: "https://" + publicURL.Host, Version: version.Number(), Protocol: version.Protocol,
		CASHA256: certificates.CASHA256(), KeySHA256: assertion.KeyID(set.Assertion.Public().(ed25519.PublicKey)),
	}
	if h.store, err = store.Open(ctx, o.Database, o.Logger); err != nil {
		return nil, err
	}
	if err := h.assemble(ctx, set, certificates); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

// assemble builds the services on the open store, from the domain outwards.
func (h *Hub) assemble(ctx context.Context, set keys.Set, certificates *pki.Certificates) error {
	o := h.o
	permissions := access.New(h.store, access.Options{HubID: set.HubID, Now: time.Now, Logger: o.Logger})
	people, err := identity.New(h.store, identity.Options{
		Key: set.Session, Issuer: set.HubID, Now: time.Now, Logger: o.Logger,
		OnSessionEnd: func(sessionID string) { h.kube.EndSession(sessionID) },
	})
	if err != nil {
		return err
	}
	clusters := cluster.New(h.store, cluster.Options{
		Now: time.Now, Logger: o.Logger,
		OnChange: func(id string, deleted bool) { h.links.Changed(id, deleted) },
		OnClose:  func(id, reason string) { h.links.Close(id, reason) },
	})
	h.links = link.New(link.Options{
		HubID: set.HubID, Key: set.Assertion, Clusters: clusters, Groups: permissions.Groups(),
		Tunnel: o.Tunnel, Now: time.Now, Logger: o.Logger, Registerer: h.registry,
	})
	h.kube = kube.New(kube.Options{
		HubID: set.HubID, Tokens: people, Clusters: clusters, Access: permissions, Links: h.links,
		Signer: assertion.NewSigner(set.Assertion), Now: time.Now, Logger: o.Logger, Registerer: h.registry,
	})
	charts, err := chart.New(o.Chart, chart.Options{Version: version.Number()})
	if err != nil {
		return err
	}
	h.rest, err = rest.New(rest.Options{
		Clusters: clusters, Sessions: people, Users: people, Access: permissions, Links: h.links, Ready: h.store.Ping,
		Hub: h.hub, CAPEM: certificates.CAPEM(), CAPEMSHA256: certificates.CAPEMSHA256(), ChartVersion: charts.Version(),
		AgentURL: h.agentURL, AgentImage: o.AgentImage, Origins: o.Origins, Console: o.Console, ClientIP: front.ClientIPHeader,
		Logger: o.Logger, Registerer: h.registry, Now: time.Now,
	})
	if err != nil {
		return err
	}
	h.front = front.New(front.Options{
		TLS: certificates.TLSConfig(), Console: h.rest.Serve, Kube: h.kube, Chart: charts, Tunnel: h.links.Serve,
		TrustedProxies: o.TrustedProxies, Logger: o.Logger,
	})
	return h.firstAdmin(ctx, people)
}

func (h *Hub) firstAdmin(ctx context.Context, people *identity.Service) error {
	created, generated, err := people.EnsureFirstAdmin(ctx, h.o.AdminEmail, h.o.AdminPassword)
	if err != nil {
		return err
	}
	if created {
		h.o.Logger.Info("first admin made", "email", h.o.AdminEmail)
	}
	if generated != "" {
		h.o.FirstAdmin(h.o.AdminEmail, generated)
	}
	return nil
}

// Info returns what the hub says of itself to anybody.
func (h *Hub) Info() api.Hub { return h.hub }

// Run serves until ctx ends, then lets streams end within the grace and closes the database.
func (h *Hub) Run(ctx context.Context) error {
	h.o.Logger.Info("hub starts", "version", version.Number(), "hub", h.hub.ID, "url", h.hub.URL)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	failures := make(chan error, 4)
	run := func(f func() error) {
		wait.Go(func() {
			err := f()
			if err != nil {
				failures <- err
			}
			stop() // one part's end is everybody's
		})
	}
	run(func() error { return h.links.Run(ctx, h.o.Grace) })
	run(func() error { return h.kube.Run(ctx) })
	run(func() error {
		return h.front.Run(ctx, h.o.Listen, h.o.Grace, func(addresses []net.Addr) {
			h.o.Logger.Info("hub listens", "addresses", addresses)
			if h.o.Listening != nil {
				h.o.Listening(slices.Clone(addresses))
			}
		})
	})
	if h.o.ListenMetrics != "" {
		run(func() error { return h.serveMetrics(ctx) })
	}
	<-ctx.Done()
	h.rest.Close()
	wait.Wait()
	close(failures)
	err := h.store.Close()
	for failure := range failures {
		err = errors.Join(failure, err)
	}
	return err
}

// serveMetrics answers metrics and health on a listener of its own, plain HTTP, which is not for the public.
func (h *Hub) serveMetrics(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		if err := h.store.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	listener, err := net.Listen("tcp", h.o.ListenMetrics)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}
