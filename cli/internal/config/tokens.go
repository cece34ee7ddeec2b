package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

// early is how long before its end a token counts as ended.
const early = time.Minute

// Session is a hub's tokens as they are kept.
type Session struct {
	AccessToken      string                   `json:"accessToken"`
	RefreshToken     string                   `json:"refreshToken"`
	ExpiresAt        time.Time                `json:"expiresAt"`
	SessionExpiresAt time.Time                `json:"sessionExpiresAt"`
	Kube             map[string]api.KubeToken `json:"kube,omitempty"` // by cluster
}

// Refresher exchanges refresh tokens.
type Refresher interface {
	Refresh(ctx context.Context, refreshToken string) (api.Session, error)
}

// Tokens keeps the session of one hub. Several processes may use it at once: the file's lock lets one refresh, and the
// others find its result.
type Tokens struct {
	folder    Folder
	name      string
	refresher Refresher
	now       func() time.Time
}

// Tokens returns the keeper for a hub; refresher may be nil where no refresh is wanted.
func (f Folder) Tokens(hubURL string, refresher Refresher) *Tokens {
	sum := sha256.Sum256([]byte(hubURL))
	return &Tokens{folder: f, name: "session-" + hex.EncodeToString(sum[:6]), refresher: refresher, now: time.Now}
}

func (t *Tokens) load() (Session, error) {
	var s Session
	err := t.folder.read(t.name+".json", &s)
	if errors.Is(err, fs.ErrNotExist) {
		return s, errs.New(errs.Unauthenticated, "You are signed out: `fairlead login` first.")
	}
	return s, err
}

// Load returns the session as it is kept.
func (t *Tokens) Load() (Session, error) { return t.load() }

// Keep stores a new session.
func (t *Tokens) Keep(s api.Session) error {
	unlock, err := t.folder.lock(t.name)
	if err != nil {
		return err
	}
	defer unlock()
	return t.folder.write(t.name+".json", sessionOf(s))
}

func sessionOf(s api.Session) Session {
	return Session{AccessToken: s.AccessToken, RefreshToken: s.RefreshToken, ExpiresAt: s.ExpiresAt, SessionExpiresAt: s.SessionExpiresAt}
}

// Forget removes the session.
func (t *Tokens) Forget() error {
	err := os.Remove(t.folder.file(t.name + ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Token implements client.TokenSource.
func (t *Tokens) Token(ctx context.Context, rejected string) (string, error) {
	s, err := t.load()
	if err != nil {
		return "", err
	}
	if t.good(s, rejected) {
		return s.AccessToken, nil
	}
	unlock, err := t.folder.lock(t.name)
	if err != nil {
		return "", err
	}
	defer unlock()
	if s, err = t.load(); err != nil { // another process may have refreshed meanwhile
		return "", err
	}
	if t.good(s, rejected) {
		return s.AccessToken, nil
	}
	fresh, err := t.refresher.Refresh(ctx, s.RefreshToken)
	if errs.Is(err, errs.Unauthenticated) {
		return "", errs.New(errs.Unauthenticated, "Your session has ended: `fairlead login` again.")
	}
	if err != nil {
		return "", err
	}
	kept := sessionOf(fresh)
	kept.Kube = s.Kube
	return kept.AccessToken, t.folder.write(t.name+".json", kept)
}

func (t *Tokens) good(s Session, rejected string) bool {
	return s.AccessToken != rejected && t.now().Add(early).Before(s.ExpiresAt)
}

// Kube returns a token for a cluster's endpoint, kept until a minute before its end; get fetches a new one.
func (t *Tokens) Kube(ctx context.Context, clusterID string, get func(context.Context) (api.KubeToken, error)) (api.KubeToken, error) {
	s, err := t.load()
	if err != nil {
		return api.KubeToken{}, err
	}
	if token, ok := s.Kube[clusterID]; ok && t.now().Add(early).Before(token.ExpiresAt) {
		return token, nil
	}
	token, err := get(ctx)
	if err != nil {
		return token, err
	}
	unlock, err := t.folder.lock(t.name)
	if err != nil {
		return token, err
	}
	defer unlock()
	if s, err = t.load(); err != nil {
		return token, err
	}
	if s.Kube == nil {
		s.Kube = map[string]api.KubeToken{}
	}
	for id, old := range s.Kube {
		if t.now().After(old.ExpiresAt) {
			delete(s.Kube, id)
		}
	}
	s.Kube[clusterID] = token
	return token, t.folder.write(t.name+".json", s)
}
