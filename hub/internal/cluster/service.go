package cluster

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/shared/errs"
)

// Options of a Service.
type Options struct {
	Now      func() time.Time
	TokenTTL time.Duration // default 1 h
	Logger   *slog.Logger
	// OnChange is called after a cluster has changed or was deleted; OnClose when its live link must be cut at once.
	OnChange func(id string, deleted bool)
	OnClose  func(id, reason string)
}

// Service is what may be done with clusters. It does not ask who is asking. Safe for concurrent use.
type Service struct {
	store Store
	o     Options
}

// New returns a Service.
func New(store Store, o Options) *Service {
	if o.TokenTTL == 0 {
		o.TokenTTL = time.Hour
	}
	return &Service{store: store, o: o}
}

// Create makes a cluster, which waits for its agent, and its first enrolment token.
//
// Errors: errs.Invalid, errs.NotFound for an unknown tenant, errs.Conflict for a name that is taken.
func (s *Service) Create(ctx context.Context, in Create) (Cluster, EnrolmentToken, error) {
	if in.Tenant == "" {
		in.Tenant = DefaultTenant
	}
	for _, err := range []error{checkName(in.Name), checkName(in.Tenant), checkDescription(in.Description), checkLabels(in.Labels)} {
		if err != nil {
			return Cluster{}, EnrolmentToken{}, err
		}
	}
	c := Cluster{
		ID: id.New("c"), Tenant: in.Tenant, Name: in.Name, Description: in.Description,
		Labels: in.Labels, CreatedAt: s.now(),
	}
	token, stored := s.newToken(c.ID)
	c, err := s.store.CreateCluster(ctx, c, stored)
	if err != nil {
		return Cluster{}, EnrolmentToken{}, err
	}
	s.o.OnChange(c.ID, false)
	return c, token, nil
}

// Get returns a cluster by id. Errors: errs.NotFound.
func (s *Service) Get(ctx context.Context, id string) (Cluster, error) { return s.store.Cluster(ctx, id) }

// Resolve returns the cluster that a person means by an id, by "tenant/name", or by a name that is unique within r.
//
// Errors: errs.NotFound for what is absent and, in the same words, for what lies outside r; errs.Conflict for a name of
// several clusters.
func (s *Service) Resolve(ctx context.Context, idOrName string, r Reach) (Cluster, error) {
	if id.Is("c", idOrName) {
		c, err := s.store.Cluster(ctx, idOrName)
		if err == nil && r.Includes(c) {
			return c, nil
		}
		if err != nil && !errs.Is(err, errs.NotFound) {
			return Cluster{}, err
		}
		return Cluster{}, NotFound(idOrName)
	}
	tenant, name, qualified := strings.Cut(idOrName, "/")
	if !qualified {
		tenant, name = "", idOrName
	}
	if checkName(name) != nil || (qualified && checkName(tenant) != nil) {
		return Cluster{}, NotFound(idOrName)
	}
	const enough = 5
	found, err := s.store.FindClusters(ctx, tenant, name, r, enough)
	switch {
	case err != nil:
		return Cluster{}, err
	case len(found) == 0:
		return Cluster{}, NotFound(idOrName)
	case len(found) > 1:
		var names []string
		for _, c := range found {
			names = append(names, c.Tenant+"/"+c.Name)
		}
		return Cluster{}, errs.New(errs.Conflict, "Several clusters are called %s: say which (%s).", name, strings.Join(names, ", "))
	}
	return found[0], nil
}

// NotFound is the one answer for a cluster that is not there and for one that is out of reach.
func NotFound(idOrName string) error {
	return errs.New(errs.NotFound, "There is no cluster %.80q that you can reach.", idOrName)
}

// List returns a page of the clusters within q.Reach. Errors: errs.Invalid for a cursor or limit that will not do.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Page{}, errs.New(errs.Invalid, "The limit %d will not do: ask for 1 to %d.", q.Limit, MaxLimit)
	}
	return s.store.ListClusters(ctx, q)
}

// Update renames, describes and labels. Errors: errs.Invalid, errs.NotFound, errs.Conflict for a name that is taken.
func (s *Service) Update(ctx context.Context, id string, u Update) (Cluster, error) {
	if u.Name != nil {
		if err := checkName(*u.Name); err != nil {
			return Cluster{}, err
		}
	}
	if u.Description != nil {
		if err := checkDescription(*u.Description); err != nil {
			return Cluster{}, err
		}
	}
	if u.Labels != nil {
		if err := checkLabels(*u.Labels); err != nil {
			return Cluster{}, err
		}
	}
	c, err := s.store.UpdateCluster(ctx, id, u)
	if err != nil {
		return Cluster{}, err
	}
	s.o.OnChange(id, false)
	return c, nil
}

// Delete forgets a cluster and cuts its link. Its agent is refused from then on. Errors: errs.NotFound.
func (s *Service) Delete(ctx context.Context, id string) error {
	if err := s.store.DeleteCluster(ctx, id); err != nil {
		return err
	}
	s.o.OnClose(id, "The cluster was removed.")
	s.o.OnChange(id, true)
	return nil
}

// Revoke makes the agent's key worthless and cuts its link. The cluster can be enrolled anew. Errors: errs.NotFound.
func (s *Service) Revoke(ctx context.Context, id string) (Cluster, error) {
	c, err := s.store.RevokeCluster(ctx, id, s.now())
	if err != nil {
		return Cluster{}, err
	}
	s.o.OnClose(id, "The cluster's key was revoked.")
	s.o.OnChange(id, false)
	return c, nil
}

// RecordSeen writes down signs of life, in one transaction. Clusters that are gone are passed over.
func (s *Service) RecordSeen(ctx context.Context, seen []Seen) error { return s.store.RecordSeen(ctx, seen) }

// now is in UTC and as exact as both databases keep it.
func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }
