// Package app is the only place where the agent's parts are put together: New checks the options, Run dials the hub and
// serves its streams until the context ends.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/fairlead/fairlead/agent/internal/bindings"
	"github.com/fairlead/fairlead/agent/internal/ceiling"
	"github.com/fairlead/fairlead/agent/internal/dial"
	"github.com/fairlead/fairlead/agent/internal/facts"
	"github.com/fairlead/fairlead/agent/internal/health"
	"github.com/fairlead/fairlead/agent/internal/identity"
	"github.com/fairlead/fairlead/agent/internal/kube"
	"github.com/fairlead/fairlead/shared/handshake"
	"github.com/fairlead/fairlead/shared/tunnel"
	"github.com/fairlead/fairlead/shared/version"
)

// Options is the agent's configuration.
type Options struct {
	HubURL         string
	HubTrust       string // pin, caBundle or system
	HubCASHA256    string
	HubCAFile      string
	HubKeySHA256   string
	EnrolTokenFile string // read when the agent is not enrolled yet; may be missing afterwards
	IdentitySecret string
	Namespace      string
	CeilingPreset  string
	CeilingSecrets string
	ListenHealth   string // of liveness, readiness and metrics
	Tunnel         tunnel.Options
	Logger         *slog.Logger
	// Cluster is the API server's address and the agent's credential; nil: the pod's own.
	Cluster *rest.Config
}

// drainTime is how long streams may go on after the agent was told to stop.
const drainTime = 25 * time.Second

// Agent is one agent. Run it once.
type Agent struct {
	o         Options
	dialer    *dial.Dialer
	secret    *identity.Secret
	ceiling   *ceiling.Ceiling
	facts     *facts.Reader
	binder    *bindings.Binder
	transport http.RoundTripper
	target    *url.URL
	health    *health.Server
	links     prometheus.Counter
	retiring  sync.WaitGroup // links that the hub is draining
}

// New puts an agent together. It opens no connection.
func New(o Options) (*Agent, error) {
	if len(o.HubKeySHA256) != 64 {
		return nil, errors.New("hub.keySHA256 must be the 64 hex digits of the hub's assertion key's SHA-256")
	}
	hubURL, err := url.Parse(o.HubURL)
	if err != nil {
		return nil, fmt.Errorf("hub.url: %w", err)
	}
	a := &Agent{o: o}
	if a.dialer, err = dial.New(dial.Options{URL: hubURL, Trust: dial.Trust(o.HubTrust), CASHA256: o.HubCASHA256, CAFile: o.HubCAFile}); err != nil {
		return nil, err
	}
	if a.ceiling, err = ceiling.New(ceiling.Preset(o.CeilingPreset), ceiling.Secrets(o.CeilingSecrets), o.Namespace); err != nil {
		return nil, err
	}
	return a, a.connectCluster()
}

func (a *Agent) connectCluster() error {
	config := a.o.Cluster
	if config == nil {
		var err error
		if config, err = rest.InClusterConfig(); err != nil {
			return fmt.Errorf("find the API server of this cluster: %w", err)
		}
	}
	config = rest.CopyConfig(config)
	config.UserAgent = "fairlead-agent/" + version.Number()
	own := rest.CopyConfig(config)
	own.Timeout = 30 * time.Second
	client, err := dynamic.NewForConfig(own)
	if err != nil {
		return fmt.Errorf("client for the API server: %w", err)
	}
	own.GroupVersion, own.NegotiatedSerializer = &rawVersion, rawSerializer
	raw, err := rest.UnversionedRESTClientFor(own)
	if err != nil {
		return fmt.Errorf("client for the API server: %w", err)
	}
	a.secret = identity.NewSecret(client, a.o.Namespace, a.o.IdentitySecret)
	a.facts = facts.NewReader(raw, client)
	a.binder = bindings.New(client, a.ceiling)
	if a.transport, err = kube.Transport(config); err != nil {
		return err
	}
	if a.target, _, err = rest.DefaultServerURL(config.Host, config.APIPath, rawVersion, true); err != nil {
		return fmt.Errorf("address of the API server: %w", err)
	}
	registry := prometheus.NewRegistry()
	a.links = prometheus.NewCounter(prometheus.CounterOpts{Name: "fairlead_agent_links_total", Help: "Links that were set up with the hub."})
	registry.MustRegister(a.links)
	a.health = health.New(a.o.ListenHealth, registry, a.o.Logger)
	return nil
}

// Run serves the hub until ctx ends, dialling again whenever the link is lost, then lets open streams end.
func (a *Agent) Run(ctx context.Context) error {
	a.o.Logger.Info("agent starts", "version", version.Number(), "hub", a.o.HubURL, "ceiling", a.ceiling.Preset(), "secrets", a.ceiling.Secrets())
	healthCtx, stopHealth := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stopHealth()
	defer a.retiring.Wait()
	failed := make(chan error, 1)
	wait.Go(func() { failed <- a.health.Run(healthCtx) })

	var pace tunnel.Backoff
	for ctx.Err() == nil {
		began := time.Now()
		err := a.link(ctx, pace.Reset)
		if ctx.Err() != nil {
			break
		}
		delay := pace.Next(time.Now())
		if refusal := (*handshake.Refusal)(nil); errors.As(err, &refusal) {
			delay = max(delay, time.Duration(refusal.RetryAfterSeconds)*time.Second, afterRefusal)
		}
		a.o.Logger.Warn("no link with the hub", "error", err, "lasted", time.Since(began).Round(time.Millisecond), "again_in", delay.Round(time.Millisecond))
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		case err := <-failed:
			return err
		}
	}
	return nil
}

// afterRefusal is the least wait after the hub has said no: it will say so again until somebody acts.
const afterRefusal = 2 * time.Second

// identity returns who this agent is and, before enrolment, the token that enrols it.
func (a *Agent) identity(ctx context.Context) (identity.Identity, string, error) {
	who, err := a.secret.Load(ctx)
	if err != nil {
		return who, "", err
	}
	token, err := a.token()
	switch {
	case who.ClusterID != "":
		return who, "", nil
	case err != nil:
		return who, "", err
	}
	return who, token, nil
}

func (a *Agent) token() (string, error) {
	raw, err := os.ReadFile(a.o.EnrolTokenFile)
	if err != nil {
		return "", fmt.Errorf("this agent is not enrolled and has no token (enrol.token in the chart's values): %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// enrolAnew is for an agent whose key the hub does not take any more, while the chart has brought a token: a new key is
// made and enrolled with it. A token that was used already is refused, and nothing is lost.
func (a *Agent) enrolAnew(ctx context.Context, cause error) (identity.Identity, string, error) {
	token, err := a.token()
	if err != nil {
		return identity.Identity{}, "", cause
	}
	fresh, err := a.secret.Renew(ctx)
	return fresh, token, err
}

func newLinkID() string {
	raw := make([]byte, 16)
	rand.Read(raw)
	return hex.EncodeToString(raw)
}
