package identity

import (
	"context"
	"fmt"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/shared/errs"
)

// MaxUsers is the largest page of ListUsers.
const MaxUsers = 500

// CreateUser makes a person. Errors: errs.Invalid, errs.Conflict for an address that is taken.
func (s *Service) CreateUser(ctx context.Context, in CreateUser) (User, error) {
	email, err := normalEmail(in.Email)
	if err != nil {
		return User{}, err
	}
	if err := checkPassword(in.Password); err != nil {
		return User{}, err
	}
	if len(in.Name) > 200 {
		return User{}, errs.New(errs.Invalid, "The name has %d bytes; at most 200 are kept.", len(in.Name))
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return User{}, fmt.Errorf("hash password: %w", err)
	}
	u := User{ID: id.New("u"), Email: email, Name: in.Name, Owner: in.Owner, PasswordHash: hash, CreatedAt: s.now()}
	return u, s.store.CreateUser(ctx, u)
}

// GetUser returns a person. Errors: errs.NotFound.
func (s *Service) GetUser(ctx context.Context, id string) (User, error) { return s.store.User(ctx, id) }

// ListUsers returns at most limit people by id, those behind after.
func (s *Service) ListUsers(ctx context.Context, after string, limit int) ([]User, error) {
	if limit < 1 || limit > MaxUsers {
		return nil, errs.New(errs.Invalid, "The limit %d will not do: ask for 1 to %d.", limit, MaxUsers)
	}
	return s.store.ListUsers(ctx, after, limit)
}

// DeleteUser forgets a person and ends what they are signed in to. Errors: errs.NotFound.
func (s *Service) DeleteUser(ctx context.Context, id string) error { return s.store.DeleteUser(ctx, id) }

// EnsureFirstAdmin makes the hub's owner where there is nobody yet. An empty password is replaced by a generated one,
// which is returned, once, for the caller to show.
func (s *Service) EnsureFirstAdmin(ctx context.Context, email, password string) (created bool, generated string, err error) {
	n, err := s.store.CountUsers(ctx)
	if err != nil || n > 0 {
		return false, "", err
	}
	if password == "" {
		generated = id.Secret("")[:32]
		password = generated
	}
	_, err = s.CreateUser(ctx, CreateUser{Email: email, Name: "Owner", Password: password, Owner: true})
	if errs.Is(err, errs.Conflict) { // another replica was first
		return false, "", nil
	}
	if err != nil {
		return false, "", fmt.Errorf("make the first admin: %w", err)
	}
	return true, generated, nil
}
