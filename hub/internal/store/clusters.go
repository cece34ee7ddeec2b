package store

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/errs"
)

type clusterRow struct {
	ID          string `gorm:"primaryKey"`
	TenantID    string
	Tenant      string `gorm:"->;-:migration"` // joined
	Name        string
	Description string
	PublicKey   []byte
	CreatedAt   time.Time
	EnrolledAt  *time.Time
	RevokedAt   *time.Time
	LastSeenAt  *time.Time
	Facts       *string
}

func (clusterRow) TableName() string { return "clusters" }

type labelRow struct {
	ClusterID string `gorm:"primaryKey"`
	Name      string `gorm:"primaryKey"`
	Value     string
}

func (labelRow) TableName() string { return "cluster_labels" }

func (r clusterRow) domain() (cluster.Cluster, error) {
	c := cluster.Cluster{
		ID: r.ID, TenantID: r.TenantID, Tenant: r.Tenant, Name: r.Name, Description: r.Description,
		Labels: map[string]string{}, CreatedAt: r.CreatedAt.UTC(),
		EnrolledAt: utc(r.EnrolledAt), RevokedAt: utc(r.RevokedAt), LastSeenAt: utc(r.LastSeenAt),
	}
	if len(r.PublicKey) > 0 {
		c.PublicKey = ed25519.PublicKey(r.PublicKey)
	}
	if r.Facts != nil {
		if err := json.Unmarshal([]byte(*r.Facts), &c.Facts); err != nil {
			return c, fmt.Errorf("read facts of cluster %s: %w", r.ID, err)
		}
	}
	return c, nil
}

// clusterQuery selects clusters with their tenants' names.
func clusterQuery(tx *gorm.DB) *gorm.DB {
	return tx.Table("clusters").Select("clusters.*, tenants.name AS tenant").Joins("JOIN tenants ON tenants.id = clusters.tenant_id")
}

func within(tx *gorm.DB, r cluster.Reach) *gorm.DB {
	switch {
	case r.All:
		return tx
	case len(r.TenantIDs) == 0 && len(r.ClusterIDs) == 0:
		return tx.Where("1 = 0")
	}
	// gorm writes IN (NULL), which is never true, for an empty list.
	return tx.Where("(clusters.tenant_id IN ? OR clusters.id IN ?)", r.TenantIDs, r.ClusterIDs)
}

// CreateCluster implements cluster.Store.
func (s *Store) CreateCluster(ctx context.Context, c cluster.Cluster, t cluster.StoredToken) (cluster.Cluster, error) {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Table("tenants").Select("id").Where("name = ?", c.Tenant).Take(&c.TenantID).Error; err != nil {
			return notFound(err, "tenant")
		}
		row := clusterRow{ID: c.ID, TenantID: c.TenantID, Name: c.Name, Description: c.Description, CreatedAt: c.CreatedAt}
		if err := tx.Omit("Tenant").Create(&row).Error; err != nil {
			return taken(err, c.Tenant, c.Name)
		}
		if err := insertLabels(tx, c.ID, c.Labels); err != nil {
			return err
		}
		return tx.Create(tokenOf(t)).Error
	})
	if err != nil {
		return cluster.Cluster{}, err
	}
	return s.Cluster(ctx, c.ID)
}

func taken(err error, tenant, name string) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return errs.New(errs.Conflict, "Tenant %s has a cluster %s already.", tenant, name)
	}
	return err
}

func insertLabels(tx *gorm.DB, clusterID string, labels map[string]string) error {
	if len(labels) == 0 {
		return nil
	}
	rows := make([]labelRow, 0, len(labels))
	for name, value := range labels {
		rows = append(rows, labelRow{clusterID, name, value})
	}
	return tx.Create(&rows).Error
}

// Cluster implements cluster.Store.
func (s *Store) Cluster(ctx context.Context, id string) (cluster.Cluster, error) {
	return oneCluster(s.db.WithContext(ctx), id)
}

func oneCluster(tx *gorm.DB, id string) (cluster.Cluster, error) {
	var row clusterRow
	if err := clusterQuery(tx).Where("clusters.id = ?", id).Take(&row).Error; err != nil {
		return cluster.Cluster{}, notFound(err, "cluster")
	}
	all, err := withLabels(tx, []clusterRow{row})
	if err != nil {
		return cluster.Cluster{}, err
	}
	return all[0], nil
}

// withLabels reads the labels of all rows in one query.
func withLabels(tx *gorm.DB, rows []clusterRow) ([]cluster.Cluster, error) {
	clusters := make([]cluster.Cluster, len(rows))
	at := make(map[string]int, len(rows))
	ids := make([]string, len(rows))
	for i, row := range rows {
		c, err := row.domain()
		if err != nil {
			return nil, err
		}
		clusters[i], at[row.ID], ids[i] = c, i, row.ID
	}
	if len(ids) == 0 {
		return clusters, nil
	}
	var labels []labelRow
	if err := tx.Where("cluster_id IN ?", ids).Find(&labels).Error; err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	for _, l := range labels {
		clusters[at[l.ClusterID]].Labels[l.Name] = l.Value
	}
	return clusters, nil
}

// FindClusters implements cluster.Store.
func (s *Store) FindClusters(ctx context.Context, tenant, name string, r cluster.Reach, limit int) ([]cluster.Cluster, error) {
	tx := s.db.WithContext(ctx)
	query := within(clusterQuery(tx), r).Where("clusters.name = ?", name)
	if tenant != "" {
		query = query.Where("tenants.name = ?", tenant)
	}
	var rows []clusterRow
	if err := query.Order("tenants.name, clusters.id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find clusters: %w", err)
	}
	return withLabels(tx, rows)
}

// ListClusters implements cluster.Store. The order is by tenant and name, which together are unique.
func (s *Store) ListClusters(ctx context.Context, q cluster.Query) (cluster.Page, error) {
	tx := s.db.WithContext(ctx)
	query := within(clusterQuery(tx), q.Reach)
	if q.Tenant != "" {
		query = query.Where("tenants.name = ?", q.Tenant)
	}
	if q.Text != "" {
		query = query.Where("(LOWER(clusters.name) LIKE ? ESCAPE '!' OR LOWER(tenants.name) LIKE ? ESCAPE '!')", like(q.Text), like(q.Text))
	}
	var page cluster.Page
	var total int64
	if err := query.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return page, fmt.Errorf("count clusters: %w", err)
	}
	page.Total = int(total)
	if q.Cursor != "" {
		tenant, name, err := readCursor(q.Cursor)
		if err != nil {
			return page, err
		}
		query = query.Where("(tenants.name > ? OR (tenants.name = ? AND clusters.name > ?))", tenant, tenant, name)
	}
	var rows []clusterRow
	if err := query.Order("tenants.name, clusters.name").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return page, fmt.Errorf("list clusters: %w", err)
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1]
		page.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(last.Tenant + "/" + last.Name))
	}
	var err error
	page.Items, err = withLabels(tx, rows)
	return page, err
}

func readCursor(cursor string) (tenant, name string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	tenant, name, ok := strings.Cut(string(raw), "/")
	if err != nil || !ok || len(raw) > 200 {
		return "", "", errs.New(errs.Invalid, "The cursor is not one that this list has answered: start again without it.")
	}
	return tenant, name, nil
}

// UpdateCluster implements cluster.Store.
func (s *Store) UpdateCluster(ctx context.Context, id string, u cluster.Update) (cluster.Cluster, error) {
	var c cluster.Cluster
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var err error
		if c, err = oneCluster(tx, id); err != nil {
			return err
		}
		changes := map[string]any{}
		if u.Name != nil {
			changes["name"] = *u.Name
		}
		if u.Description != nil {
			changes["description"] = *u.Description
		}
		if len(changes) > 0 {
			if err := tx.Table("clusters").Where("id = ?", id).Updates(changes).Error; err != nil {
				return taken(err, c.Tenant, fmt.Sprint(changes["name"]))
			}
		}
		if u.Labels != nil {
			if err := tx.Where("cluster_id = ?", id).Delete(&labelRow{}).Error; err != nil {
				return err
			}
			if err := insertLabels(tx, id, *u.Labels); err != nil {
				return err
			}
		}
		c, err = oneCluster(tx, id)
		return err
	})
	return c, err
}

// DeleteCluster implements cluster.Store; labels, tokens and grants go with it.
func (s *Store) DeleteCluster(ctx context.Context, id string) error {
	done := s.db.WithContext(ctx).Where("id = ?", id).Delete(&clusterRow{})
	if done.Error == nil && done.RowsAffected == 0 {
		return errs.New(errs.NotFound, "There is no such cluster.")
	}
	return done.Error
}

// RevokeCluster implements cluster.Store. Tokens that were not used go too.
func (s *Store) RevokeCluster(ctx context.Context, id string, at time.Time) (cluster.Cluster, error) {
	var c cluster.Cluster
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var err error
		if c, err = oneCluster(tx, id); err != nil {
			return err
		}
		if err := tx.Table("clusters").Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", at).Error; err != nil {
			return err
		}
		if err := tx.Where("cluster_id = ?", id).Delete(&tokenRow{}).Error; err != nil {
			return err
		}
		c, err = oneCluster(tx, id)
		return err
	})
	return c, err
}

// RecordSeen implements cluster.Store. last_seen_at never goes back.
func (s *Store) RecordSeen(ctx context.Context, seen []cluster.Seen) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, one := range seen {
			at := one.At.UTC().Truncate(time.Microsecond)
			if err := tx.Table("clusters").Where("id = ? AND (last_seen_at IS NULL OR last_seen_at < ?)", one.ClusterID, at).
				Update("last_seen_at", at).Error; err != nil {
				return fmt.Errorf("record sign of life of cluster %s: %w", one.ClusterID, err)
			}
			if one.Facts == nil {
				continue
			}
			facts, err := json.Marshal(one.Facts)
			if err != nil {
				return err
			}
			if err := tx.Table("clusters").Where("id = ?", one.ClusterID).Update("facts", string(facts)).Error; err != nil {
				return fmt.Errorf("record facts of cluster %s: %w", one.ClusterID, err)
			}
		}
		return nil
	})
}
