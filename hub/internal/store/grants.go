package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/fairlead/fairlead/hub/internal/access"
	"github.com/fairlead/fairlead/shared/errs"
)

type grantRow struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	Role      string
	ScopeKind string
	TenantID  *string
	ClusterID *string
	CreatedAt time.Time
	ExpiresAt *time.Time
}

func (grantRow) TableName() string { return "grants" }

func (r grantRow) domain() access.Grant {
	g := access.Grant{
		ID: r.ID, UserID: r.UserID, Role: access.Role(r.Role), Scope: access.Scope{Kind: access.ScopeKind(r.ScopeKind)},
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: utc(r.ExpiresAt),
	}
	if r.TenantID != nil {
		g.Scope.ID = *r.TenantID
	}
	if r.ClusterID != nil {
		g.Scope.ID = *r.ClusterID
	}
	return g
}

// CreateGrant implements access.Store.
func (s *Store) CreateGrant(ctx context.Context, g access.Grant) error {
	row := grantRow{
		ID: g.ID, UserID: g.UserID, Role: string(g.Role), ScopeKind: string(g.Scope.Kind), CreatedAt: g.CreatedAt, ExpiresAt: g.ExpiresAt,
	}
	switch g.Scope.Kind {
	case access.ScopeTenant:
		row.TenantID = &g.Scope.ID
	case access.ScopeCluster:
		row.ClusterID = &g.Scope.ID
	}
	err := s.db.WithContext(ctx).Create(&row).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return errs.New(errs.NotFound, "The grant names a person, tenant or cluster that is not there.")
	}
	return err
}

// ListGrants implements access.Store.
func (s *Store) ListGrants(ctx context.Context, after string, limit int) ([]access.Grant, error) {
	return s.findGrants(s.db.WithContext(ctx).Where("id > ?", after).Order("id").Limit(limit))
}

// UserGrants implements access.Store.
func (s *Store) UserGrants(ctx context.Context, userID string) ([]access.Grant, error) {
	return s.findGrants(s.db.WithContext(ctx).Where("user_id = ?", userID))
}

func (s *Store) findGrants(query *gorm.DB) ([]access.Grant, error) {
	var rows []grantRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	grants := make([]access.Grant, len(rows))
	for i, row := range rows {
		grants[i] = row.domain()
	}
	return grants, nil
}

// DeleteGrant implements access.Store.
func (s *Store) DeleteGrant(ctx context.Context, id string) (access.Grant, error) {
	var row grantRow
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return notFound(err, "grant")
		}
		return tx.Delete(&row).Error
	})
	return row.domain(), err
}
