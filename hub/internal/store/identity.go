package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/shared/errs"
)

type userRow struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	Name         string
	Owner        bool
	PasswordHash string
	CreatedAt    time.Time
	DisabledAt   *time.Time
}

func (userRow) TableName() string { return "users" }

func (r userRow) domain() identity.User {
	return identity.User{
		ID: r.ID, Email: r.Email, Name: r.Name, Owner: r.Owner, PasswordHash: r.PasswordHash,
		CreatedAt: r.CreatedAt.UTC(), DisabledAt: utc(r.DisabledAt),
	}
}

type sessionRow struct {
	ID           string `gorm:"primaryKey"`
	UserID       string
	RefreshHash  []byte
	PreviousHash []byte
	RotatedAt    time.Time
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndedAt      *time.Time
	UserAgent    string
	IP           string
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) domain() identity.Session {
	return identity.Session{
		ID: r.ID, UserID: r.UserID, RefreshHash: r.RefreshHash, PreviousHash: r.PreviousHash,
		RotatedAt: r.RotatedAt.UTC(), CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndedAt: utc(r.EndedAt),
		UserAgent: r.UserAgent, IP: r.IP,
	}
}

// CreateUser implements identity.Users.
func (s *Store) CreateUser(ctx context.Context, u identity.User) error {
	err := s.db.WithContext(ctx).Create(&userRow{
		ID: u.ID, Email: u.Email, Name: u.Name, Owner: u.Owner, PasswordHash: u.PasswordHash, CreatedAt: u.CreatedAt, DisabledAt: u.DisabledAt,
	}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return errs.New(errs.Conflict, "There is a person with the address %s already.", u.Email)
	}
	return err
}

// User implements identity.Users.
func (s *Store) User(ctx context.Context, id string) (identity.User, error) {
	return s.takeUser(ctx, "id = ?", id)
}

// UserByEmail implements identity.Users.
func (s *Store) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	return s.takeUser(ctx, "email = ?", email)
}

func (s *Store) takeUser(ctx context.Context, where, value string) (identity.User, error) {
	var row userRow
	if err := s.db.WithContext(ctx).Where(where, value).Take(&row).Error; err != nil {
		return identity.User{}, notFound(err, "person")
	}
	return row.domain(), nil
}

// ListUsers implements identity.Users.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]identity.User, error) {
	var rows []userRow
	if err := s.db.WithContext(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	users := make([]identity.User, len(rows))
	for i, row := range rows {
		users[i] = row.domain()
	}
	return users, nil
}

// DeleteUser implements identity.Users; sessions and grants go with the person.
func (s *Store) DeleteUser(ctx context.Context, id string) error {
	done := s.db.WithContext(ctx).Where("id = ?", id).Delete(&userRow{})
	if done.Error == nil && done.RowsAffected == 0 {
		return errs.New(errs.NotFound, "There is no such person.")
	}
	return done.Error
}

// CountUsers implements identity.Store.
func (s *Store) CountUsers(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithContext(ctx).Model(&userRow{}).Count(&n).Error
	return n, err
}

// CreateSession implements identity.Sessions. It also clears away a few sessions that ended long ago.
func (s *Store) CreateSession(ctx context.Context, session identity.Session) error {
	const keepEnded, atOnce = 30 * 24 * time.Hour, 100
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		old := tx.Model(&sessionRow{}).Select("id").Where("expires_at < ?", session.CreatedAt.Add(-keepEnded)).Limit(atOnce)
		if err := tx.Where("id IN (?)", old).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		return tx.Create(&sessionRow{
			ID: session.ID, UserID: session.UserID, RefreshHash: session.RefreshHash, RotatedAt: session.RotatedAt,
			CreatedAt: session.CreatedAt, ExpiresAt: session.ExpiresAt, UserAgent: session.UserAgent, IP: session.IP,
		}).Error
	})
}

// SessionUser implements identity.Sessions.
func (s *Store) SessionUser(ctx context.Context, id string) (identity.Session, identity.User, error) {
	var row struct {
		Session sessionRow `gorm:"embedded;embeddedPrefix:s_"`
		User    userRow    `gorm:"embedded;embeddedPrefix:u_"`
	}
	err := s.db.WithContext(ctx).Table("sessions").Joins("JOIN users ON users.id = sessions.user_id").
		Select(`sessions.id AS s_id, sessions.user_id AS s_user_id, sessions.refresh_hash AS s_refresh_hash,
			sessions.previous_hash AS s_previous_hash, sessions.rotated_at AS s_rotated_at, sessions.created_at AS s_created_at,
			sessions.expires_at AS s_expires_at, sessions.ended_at AS s_ended_at, sessions.user_agent AS s_user_agent, sessions.ip AS s_ip,
			users.id AS u_id, users.email AS u_email, users.name AS u_name, users.owner AS u_owner,
			users.created_at AS u_created_at, users.disabled_at AS u_disabled_at`).
		Where("sessions.id = ?", id).Take(&row).Error
	if err != nil {
		return identity.Session{}, identity.User{}, notFound(err, "session")
	}
	return row.Session.domain(), row.User.domain(), nil
}

// Rotate implements identity.Sessions.
func (s *Store) Rotate(ctx context.Context, refreshHash []byte, decide func(*identity.Session) error) (identity.Session, error) {
	var session identity.Session
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var row sessionRow
		if err := lockRow(tx).Where("refresh_hash = ? OR previous_hash = ?", refreshHash, refreshHash).Take(&row).Error; err != nil {
			return notFound(err, "session")
		}
		session = row.domain()
		if err := decide(&session); err != nil {
			return err
		}
		return tx.Table("sessions").Where("id = ?", session.ID).Updates(map[string]any{
			"refresh_hash": session.RefreshHash, "previous_hash": session.PreviousHash,
			"rotated_at": session.RotatedAt, "expires_at": session.ExpiresAt,
		}).Error
	})
	return session, err
}

// EndSession implements identity.Sessions.
func (s *Store) EndSession(ctx context.Context, id string, at time.Time) error {
	return s.db.WithContext(ctx).Table("sessions").Where("id = ? AND ended_at IS NULL", id).Update("ended_at", at).Error
}
