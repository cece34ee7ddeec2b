// Package access owns grants and roles: which clusters a person reaches, and in which of the hub's groups their calls run
// there. Kubernetes' RBAC in each cluster decides every call, within the ceiling that the cluster's owner set.
package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
)

// Role is a built-in role.
type Role string

// The built-in roles.
const (
	Viewer    Role = "viewer"
	Operator  Role = "operator"
	Developer Role = "developer"
	Admin     Role = "admin"
)

// implied lists a role and those that come with it. All are asserted, so that a cluster whose ceiling accepts only the
// weaker ones still lets the person in with those.
var implied = map[Role][]Role{
	Viewer:    {Viewer},
	Operator:  {Viewer, Operator},
	Developer: {Viewer, Developer},
	Admin:     {Viewer, Operator, Developer, Admin},
}

// ScopeKind says what a grant is about.
type ScopeKind string

// The kinds of scopes.
const (
	ScopeHub     ScopeKind = "hub"
	ScopeTenant  ScopeKind = "tenant"
	ScopeCluster ScopeKind = "cluster"
)

// Scope is where a grant holds; ID is of a tenant or cluster, empty for the hub.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// Grant gives a person a role in a scope.
type Grant struct {
	ID, UserID string
	Role       Role
	Scope      Scope
	CreatedAt  time.Time
	ExpiresAt  *time.Time
}

// Decision is how a person's calls run in a cluster.
type Decision struct {
	Roles  []Role
	User   string   // Kubernetes user name
	Groups []string // Kubernetes group names
}

// Store keeps grants.
type Store interface {
	// CreateGrant returns errs.NotFound where the person, tenant or cluster is not there.
	CreateGrant(ctx context.Context, g Grant) error
	ListGrants(ctx context.Context, after string, limit int) ([]Grant, error)
	UserGrants(ctx context.Context, userID string) ([]Grant, error)
	// DeleteGrant returns the grant that was; errs.NotFound.
	DeleteGrant(ctx context.Context, id string) (Grant, error)
}

// Options of a Service.
type Options struct {
	HubID  string
	Now    func() time.Time
	Logger *slog.Logger
}

// Service decides. Safe for concurrent use.
type Service struct {
	store Store
	o     Options

	mu    sync.Mutex
	known map[string]userGrants
}

type userGrants struct {
	grants []Grant
	looked time.Time
}

const (
	// grantsFor is how long a look at the database is believed.
	grantsFor = time.Second
	maxKnown  = 10_000
	// MaxGrants is the largest page of ListGrants.
	MaxGrants = 500
)

// New returns a Service.
func New(store Store, o Options) *Service {
	return &Service{store: store, o: o, known: map[string]userGrants{}}
}

// Groups returns the group names of all built-in roles, cluster-wide: what every cluster binds within its ceiling.
func (s *Service) Groups() []string {
	var groups []string
	for _, role := range implied[Admin] {
		groups = append(groups, assertion.Group{Role: string(role)}.Name(s.o.HubID))
	}
	return groups
}

// Reach returns which clusters a person may see.
func (s *Service) Reach(ctx context.Context, p identity.Principal) (cluster.Reach, error) {
	if p.Owner {
		return cluster.Reach{All: true}, nil
	}
	grants, err := s.grants(ctx, p.UserID)
	if err != nil {
		return cluster.Reach{}, err
	}
	var reach cluster.Reach
	for _, g := range grants {
		switch g.Scope.Kind {
		case ScopeHub:
			reach.All = true
		case ScopeTenant:
			reach.TenantIDs = append(reach.TenantIDs, g.Scope.ID)
		case ScopeCluster:
			reach.ClusterIDs = append(reach.ClusterIDs, g.Scope.ID)
		}
	}
	return reach, nil
}

// Decide returns how a person's calls run in cluster c. Errors: errs.NotFound for one that they do not reach.
func (s *Service) Decide(ctx context.Context, p identity.Principal, c cluster.Cluster) (Decision, error) {
	held := map[Role]bool{}
	if p.Owner {
		hold(held, Admin)
	} else {
		grants, err := s.grants(ctx, p.UserID)
		if err != nil {
			return Decision{}, err
		}
		for _, g := range grants {
			if g.Scope == (Scope{Kind: ScopeHub}) || g.Scope == (Scope{ScopeTenant, c.TenantID}) || g.Scope == (Scope{ScopeCluster, c.ID}) {
				hold(held, g.Role)
			}
		}
	}
	if len(held) == 0 {
		return Decision{}, cluster.NotFound(c.Name)
	}
	d := Decision{User: assertion.UserPrefix(s.o.HubID) + p.UserID}
	for _, role := range implied[Admin] { // a fixed order keeps assertions alike, which both ends cache
		if held[role] {
			d.Roles = append(d.Roles, role)
			d.Groups = append(d.Groups, assertion.Group{Role: string(role)}.Name(s.o.HubID))
		}
	}
	return d, nil
}

func hold(held map[Role]bool, role Role) {
	for _, r := range implied[role] {
		held[r] = true
	}
}

// grants returns a person's grants that hold now, at most grantsFor old.
func (s *Service) grants(ctx context.Context, userID string) ([]Grant, error) {
	now := s.o.Now()
	s.mu.Lock()
	known, ok := s.known[userID]
	s.mu.Unlock()
	if !ok || now.Sub(known.looked) >= grantsFor {
		grants, err := s.store.UserGrants(ctx, userID)
		if err != nil {
			return nil, err
		}
		known = userGrants{grants: grants, looked: now}
		s.mu.Lock()
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		s.known[userID] = known
		s.mu.Unlock()
	}
	valid := make([]Grant, 0, len(known.grants))
	for _, g := range known.grants {
		if g.ExpiresAt == nil || now.Before(*g.ExpiresAt) {
			valid = append(valid, g)
		}
	}
	return valid, nil
}

func (s *Service) forget(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, userID)
}

// CreateGrant gives a person a role. Errors: errs.Invalid, errs.NotFound.
func (s *Service) CreateGrant(ctx context.Context, g Grant) (Grant, error) {
	if _, ok := implied[g.Role]; !ok {
		return Grant{}, errs.New(errs.Invalid, "The role %.40q is not one of viewer, operator, developer and admin.", g.Role)
	}
	switch {
	case g.Scope.Kind == ScopeHub && g.Scope.ID == "":
	case (g.Scope.Kind == ScopeTenant || g.Scope.Kind == ScopeCluster) && g.Scope.ID != "":
	default:
		return Grant{}, errs.New(errs.Invalid, "A grant's scope is hub without an id, or tenant or cluster with one.")
	}
	now := s.o.Now().UTC().Truncate(time.Microsecond)
	if g.ExpiresAt != nil && !now.Before(*g.ExpiresAt) {
		return Grant{}, errs.New(errs.Invalid, "The grant would have ended already, at %s.", g.ExpiresAt.UTC().Format(time.RFC3339))
	}
	g.ID, g.CreatedAt = id.New("g"), now
	if err := s.store.CreateGrant(ctx, g); err != nil {
		return Grant{}, err
	}
	s.forget(g.UserID)
	return g, nil
}

// ListGrants returns at most limit grants by id, those behind after.
func (s *Service) ListGrants(ctx context.Context, after string, limit int) ([]Grant, error) {
	if limit < 1 || limit > MaxGrants {
		return nil, errs.New(errs.Invalid, "The limit %d will not do: ask for 1 to %d.", limit, MaxGrants)
	}
	return s.store.ListGrants(ctx, after, limit)
}

// DeleteGrant takes a role away; streams that it carried end within two seconds. Errors: errs.NotFound.
func (s *Service) DeleteGrant(ctx context.Context, grantID string) error {
	g, err := s.store.DeleteGrant(ctx, grantID)
	if err != nil {
		return err
	}
	s.forget(g.UserID)
	return nil
}
