package rest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead/fairlead/hub/internal/access"
	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/hub/internal/link"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/version"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

const (
	maxBody     = 1 << 20
	readTimeout = 30 * time.Second
	idleTimeout = 2 * time.Minute
)

// Clusters is the clusters' service.
type Clusters interface {
	ClusterReader
	Create(ctx context.Context, in cluster.Create) (cluster.Cluster, cluster.EnrolmentToken, error)
	Update(ctx context.Context, id string, u cluster.Update) (cluster.Cluster, error)
	Delete(ctx context.Context, id string) error
	Revoke(ctx context.Context, id string) (cluster.Cluster, error)
	NewEnrolmentToken(ctx context.Context, id string) (cluster.EnrolmentToken, error)
}

// ClusterReader finds clusters.
type ClusterReader interface {
	Get(ctx context.Context, id string) (cluster.Cluster, error)
	Resolve(ctx context.Context, idOrName string, r cluster.Reach) (cluster.Cluster, error)
	List(ctx context.Context, q cluster.Query) (cluster.Page, error)
}

// Sessions is what sign-in and its tokens need.
type Sessions interface {
	SignIn(ctx context.Context, email, password, userAgent, ip string) (identity.Tokens, identity.User, error)
	Refresh(ctx context.Context, refreshToken string) (identity.Tokens, identity.User, error)
	SignOut(ctx context.Context, sessionID string) error
	Authenticate(ctx context.Context, accessToken string) (identity.Principal, error)
	KubeToken(ctx context.Context, p identity.Principal, clusterID string) (string, time.Time, error)
}

// Users is the people's service.
type Users interface {
	GetUser(ctx context.Context, id string) (identity.User, error)
	ListUsers(ctx context.Context, after string, limit int) ([]identity.User, error)
	CreateUser(ctx context.Context, in identity.CreateUser) (identity.User, error)
	DeleteUser(ctx context.Context, id string) error
	Alive(ctx context.Context, sessionID string) error
}

// Access decides who reaches what.
type Access interface {
	Reach(ctx context.Context, p identity.Principal) (cluster.Reach, error)
	CreateGrant(ctx context.Context, g access.Grant) (access.Grant, error)
	ListGrants(ctx context.Context, after string, limit int) ([]access.Grant, error)
	DeleteGrant(ctx context.Context, id string) error
}

// Links knows the state of links.
type Links interface {
	Status(c cluster.Cluster) api.Link
	Subscribe() (<-chan link.Event, func())
}

// Options is what a Server needs.
type Options struct {
	Clusters     Clusters
	Sessions     Sessions
	Users        Users
	Access       Access
	Links        Links
	Ready        func(context.Context) error // whether the hub can answer: its database does
	Hub          api.Hub
	CAPEM        []byte // nil: certificates are supplied
	CAPEMSHA256  string
	ChartVersion string
	AgentURL     string // where agents dial; empty: Hub.URL
	AgentImage   string // image.repository[:tag] for the install command; empty: left to the chart
	Origins      []string
	Console      fs.FS // the built console; may be empty
	ClientIP     string // name of the header in which the front tells the client's address
	Logger       *slog.Logger
	Registerer   prometheus.Registerer
	Now          func() time.Time
}

func (o Options) validate() error {
	if o.Clusters == nil || o.Sessions == nil || o.Users == nil || o.Access == nil || o.Links == nil || o.Ready == nil {
		return errors.New("rest: a service is missing")
	}
	if o.Logger == nil || o.Registerer == nil || o.Now == nil || o.Console == nil {
		return errors.New("rest: logger, registerer, clock or console files are missing")
	}
	if u, err := url.Parse(o.Hub.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		return errors.New("rest: the hub's public URL must be https://host[:port]")
	}
	return nil
}

// Server is the API and the console. Safe for concurrent use.
type Server struct {
	o       Options
	app     *fiber.App
	api     huma.API
	rules   []Route
	origins map[string]bool
	limiter *limiter
	changed *sharedReader
	closing chan struct{}
}

// New builds the routes. A route without a rule is an error.
func New(o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Server{o: o, origins: map[string]bool{}, limiter: newLimiter(o.Now), closing: make(chan struct{})}
	for _, origin := range append([]string{o.Hub.URL}, o.Origins...) {
		s.origins[strings.TrimSuffix(strings.ToLower(origin), "/")] = true
	}
	s.changed = &sharedReader{clusters: o.Clusters}
	s.app = fiber.New(fiber.Config{
		AppName: "Fairlead hub", DisableStartupMessage: true, Immutable: true,
		BodyLimit: maxBody, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, ReadBufferSize: 32 << 10,
		ErrorHandler: s.fiberError,
	})
	s.app.Use(s.observe(), s.secure)

	setErrorForm(o.Logger)
	config := huma.DefaultConfig("Fairlead hub", version.Number())
	config.CreateHooks = nil // no $schema in bodies
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Servers = []*huma.Server{{URL: Prefix}}
	config.Info.Description = "Manage clusters behind NAT: enrolment, links, people, and tokens for the clusters' Kubernetes endpoint under /k8s/clusters/{id}/."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
		"cookie": {Type: "apiKey", In: "cookie", Name: accessCookie},
	}
	group := s.app.Group(Prefix)
	// The event stream is a route of its own, ahead of those with an {id}.
	s.registerEvents(group)
	s.api = humafiber.NewWithGroup(s.app, group, config)
	s.describeEvents()
	s.registerHub()
	s.registerSession()
	s.registerClusters()
	s.registerUsers()
	s.registerGrants()
	s.registerFiles()
	return s, s.checkRules()
}

// App returns the engine, for tests.
func (s *Server) App() *fiber.App { return s.app }

// OpenAPI returns the API's description, JSON.
func (s *Server) OpenAPI() ([]byte, error) { return s.api.OpenAPI().MarshalJSON() }

// Serve answers on l until it is closed. Open event streams end when Close is called.
func (s *Server) Serve(l net.Listener) error { return s.app.Listener(l) }

// Close ends the event streams, so that a shutdown need not wait for them.
func (s *Server) Close() { close(s.closing) }
