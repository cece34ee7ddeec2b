package store

import (
	"context"
	"crypto/ed25519"
	"time"

	"gorm.io/gorm"

	"github.com/fairlead/fairlead/hub/internal/cluster"
)

type tokenRow struct {
	Hash      []byte `gorm:"primaryKey"`
	ClusterID string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedBy    []byte
	UsedAt    *time.Time
}

func (tokenRow) TableName() string { return "enrolment_tokens" }

func tokenOf(t cluster.StoredToken) *tokenRow {
	return &tokenRow{Hash: t.Hash, ClusterID: t.ClusterID, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}
}

// ReplaceToken implements cluster.Enrolments.
func (s *Store) ReplaceToken(ctx context.Context, t cluster.StoredToken) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if _, err := oneCluster(tx, t.ClusterID); err != nil {
			return err
		}
		if err := tx.Where("cluster_id = ? AND used_by IS NULL", t.ClusterID).Delete(&tokenRow{}).Error; err != nil {
			return err
		}
		return tx.Create(tokenOf(t)).Error
	})
}

// UseToken implements cluster.Enrolments. A fresh use also lifts a revocation: it brings a new key.
func (s *Store) UseToken(ctx context.Context, hash []byte, key ed25519.PublicKey, at time.Time, decide func(cluster.StoredToken) error) (cluster.Cluster, error) {
	var c cluster.Cluster
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var row tokenRow
		if err := lockRow(tx).Where("hash = ?", hash).Take(&row).Error; err != nil {
			return notFound(err, "token")
		}
		stored := cluster.StoredToken{
			Hash: row.Hash, ClusterID: row.ClusterID, CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
		}
		if len(row.UsedBy) > 0 {
			stored.UsedBy = row.UsedBy
		}
		if err := decide(stored); err != nil {
			return err
		}
		if stored.UsedBy == nil {
			if err := tx.Table("enrolment_tokens").Where("hash = ?", hash).
				Updates(map[string]any{"used_by": []byte(key), "used_at": at}).Error; err != nil {
				return err
			}
			if err := tx.Table("clusters").Where("id = ?", row.ClusterID).
				Updates(map[string]any{"public_key": []byte(key), "enrolled_at": at, "revoked_at": nil}).Error; err != nil {
				return err
			}
		}
		var err error
		c, err = oneCluster(tx, row.ClusterID)
		return err
	})
	return c, err
}
