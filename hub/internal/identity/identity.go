package identity

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
)

// User is a person.
type User struct {
	ID, Email, Name string
	Owner           bool // of the hub: may do everything in it
	PasswordHash    string
	CreatedAt       time.Time
	DisabledAt      *time.Time
}

// Session is a person's sign-in, kept by the hash of its refresh token.
type Session struct {
	ID, UserID   string
	RefreshHash  []byte // SHA-256 of the current refresh token
	PreviousHash []byte // of the one before, which is good for RefreshGrace more; nil: none
	RotatedAt    time.Time
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndedAt      *time.Time
	UserAgent    string
	IP           string
}

// Principal is who asks, as a verified token says.
type Principal struct {
	UserID, Email, SessionID string
	Owner                    bool
	Audience                 string // "api", or "kube:<cluster id>"
	ExpiresAt                time.Time
}

// Tokens are what a sign-in or refresh answers.
type Tokens struct {
	Access, Refresh             string
	ExpiresAt, SessionExpiresAt time.Time
	SessionID                   string
}

// CreateUser asks for a new person.
type CreateUser struct {
	Email, Name, Password string
	Owner                 bool
}

// Users keeps people. Errors: errs.NotFound, errs.Conflict for an e-mail address that is taken.
type Users interface {
	CreateUser(ctx context.Context, u User) error
	User(ctx context.Context, id string) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	ListUsers(ctx context.Context, after string, limit int) ([]User, error)
	// DeleteUser also ends the person's sessions, in one transaction.
	DeleteUser(ctx context.Context, id string) error
}

// Sessions keeps sign-ins. Errors: errs.NotFound.
type Sessions interface {
	CreateSession(ctx context.Context, s Session) error
	// SessionUser returns a session and its person in one query.
	SessionUser(ctx context.Context, id string) (Session, User, error)
	// Rotate finds the session whose current or previous hash is this and asks decide what it becomes, in one transaction
	// in which no other Rotate of the session runs. decide's error ends it without a change.
	Rotate(ctx context.Context, refreshHash []byte, decide func(*Session) error) (Session, error)
	EndSession(ctx context.Context, id string, at time.Time) error
}

// Store is both.
type Store interface {
	Users
	Sessions
	CountUsers(ctx context.Context) (int64, error)
}

const (
	minPassword = 12
	maxPassword = 1024
	maxEmail    = 254
)

// normalEmail returns the form by which an address is kept and compared.
func normalEmail(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail {
		return "", errs.New(errs.Invalid, "The e-mail address %.80q will not do.", email)
	}
	return email, nil
}

func checkPassword(password string) error {
	if len(password) < minPassword || len(password) > maxPassword {
		return errs.New(errs.Invalid, "The password has %d bytes; %d to %d are needed.", len(password), minPassword, maxPassword)
	}
	return nil
}
