package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/shared/errs"
)

const refreshPrefix = "flr_"

// Options of a Service. Durations default as noted.
type Options struct {
	Key          ed25519.PrivateKey // the session signing key
	Issuer       string             // the hub's id
	Now          func() time.Time
	AccessTTL    time.Duration // 10 min
	KubeTTL      time.Duration // 10 min
	SessionTTL   time.Duration // 30 days, however often it is refreshed
	IdleTTL      time.Duration // 7 days without a refresh
	RefreshGrace time.Duration // 30 s in which the previous refresh token is still good, for parallel use
	Logger       *slog.Logger
	OnSessionEnd func(sessionID string) // called after a session has ended here
}

func (o Options) withDefaults() (Options, error) {
	if len(o.Key) != ed25519.PrivateKeySize || o.Issuer == "" || o.Now == nil || o.Logger == nil || o.OnSessionEnd == nil {
		return o, errors.New("identity needs a key, an issuer, a clock, a logger and a hook for ended sessions")
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.AccessTTL, 10 * time.Minute}, {&o.KubeTTL, 10 * time.Minute}, {&o.SessionTTL, 30 * 24 * time.Hour},
		{&o.IdleTTL, 7 * 24 * time.Hour}, {&o.RefreshGrace, 30 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return o, nil
}

// Service is what may be done with people and their sessions. Safe for concurrent use.
type Service struct {
	store   Store
	o       Options
	tokens  *tokens
	hasher  *hasher
	lockout *lockout
	live    *liveSessions
}

// New returns a Service.
func New(store Store, o Options) (*Service, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{
		store: store, o: o, tokens: newTokens(o.Key, o.Issuer, o.Now), hasher: newHasher(),
		lockout: newLockout(o.Now), live: newLiveSessions(store, o.Now),
	}, nil
}

// SignIn starts a session with a password.
//
// Errors: errs.Unauthenticated, the same for an unknown person and a wrong password; errs.ResourceExhausted after too
// many failures for this account or address.
func (s *Service) SignIn(ctx context.Context, email, password, userAgent, ip string) (Tokens, User, error) {
	account, source := "account "+email, "address "+ip
	for _, key := range []string{account, source} {
		if wait := s.lockout.wait(key); wait > 0 {
			return Tokens{}, User{}, errs.New(errs.ResourceExhausted, "Too many failed sign-ins: try again in %d s.", int(wait.Seconds())+1)
		}
	}
	user, err := s.findUser(ctx, email)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Tokens{}, User{}, err
	}
	hash := user.PasswordHash
	if err != nil || user.DisabledAt != nil {
		hash = s.hasher.dummy
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return Tokens{}, User{}, fmt.Errorf("check password: %w", err)
	}
	if !ok || user.ID == "" || user.DisabledAt != nil {
		s.lockout.failed(account)
		s.lockout.failed(source)
		s.o.Logger.Info("sign-in refused", "ip", ip)
		return Tokens{}, User{}, errs.New(errs.Unauthenticated, "The e-mail address or the password is wrong.")
	}
	s.lockout.succeeded(account)
	tokens, err := s.newSession(ctx, user, userAgent, ip)
	if err == nil {
		s.o.Logger.Info("signed in", "user", user.ID, "session", tokens.SessionID, "ip", ip)
	}
	return tokens, user, err
}

func (s *Service) findUser(ctx context.Context, email string) (User, error) {
	normal, err := normalEmail(email)
	if err != nil {
		return User{}, errs.New(errs.NotFound, "There is no such person.")
	}
	return s.store.UserByEmail(ctx, normal)
}

func (s *Service) newSession(ctx context.Context, user User, userAgent, ip string) (Tokens, error) {
	now := s.now()
	refresh := id.Secret(refreshPrefix)
	session := Session{
		ID: id.New("s"), UserID: user.ID, RefreshHash: hashOf(refresh), CreatedAt: now, RotatedAt: now,
		ExpiresAt: s.sessionEnd(now, now), UserAgent: userAgent[:min(len(userAgent), 200)], IP: ip[:min(len(ip), 64)],
	}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Tokens{}, fmt.Errorf("keep session: %w", err)
	}
	return s.issue(session, refresh)
}

// sessionEnd is the earlier of the two limits.
func (s *Service) sessionEnd(created, now time.Time) time.Time {
	idle, most := now.Add(s.o.IdleTTL), created.Add(s.o.SessionTTL)
	if idle.Before(most) {
		return idle
	}
	return most
}

func (s *Service) issue(session Session, refresh string) (Tokens, error) {
	expires := s.now().Add(s.o.AccessTTL)
	access, err := s.tokens.sign(typAccess, session.UserID, session.ID, audienceAPI, expires)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, Refresh: refresh, ExpiresAt: expires, SessionExpiresAt: session.ExpiresAt, SessionID: session.ID}, nil
}

// Refresh exchanges a refresh token for new tokens. Each is good once; the previous one, for RefreshGrace more, since a
// client's parallel calls may each send it. An older one is somebody's copy: the session ends.
//
// Errors: errs.Unauthenticated.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Tokens, User, error) {
	now, hash := s.now(), hashOf(refreshToken)
	next := id.Secret(refreshPrefix)
	replayed := ""
	session, err := s.store.Rotate(ctx, hash, func(session *Session) error {
		if session.EndedAt != nil || !now.Before(session.ExpiresAt) {
			return errSessionEnded()
		}
		if subtle.ConstantTimeCompare(session.RefreshHash, hash) != 1 && now.Sub(session.RotatedAt) > s.o.RefreshGrace {
			replayed = session.ID
			return errSessionEnded()
		}
		// Whoever comes second within the grace takes the first one's place as "previous", and both go on.
		session.PreviousHash, session.RefreshHash = session.RefreshHash, hashOf(next)
		session.RotatedAt, session.ExpiresAt = now, s.sessionEnd(session.CreatedAt, now)
		return nil
	})
	if replayed != "" {
		s.o.Logger.Warn("refresh token replayed; the session is ended", "session", replayed)
		return Tokens{}, User{}, errors.Join(err, s.SignOut(ctx, replayed))
	}
	if errs.Is(err, errs.NotFound) {
		return Tokens{}, User{}, errSessionEnded()
	}
	if err != nil {
		return Tokens{}, User{}, err
	}
	s.live.forget(session.ID)
	_, user, err := s.live.get(ctx, session.ID)
	if err != nil {
		return Tokens{}, User{}, err
	}
	tokens, err := s.issue(session, next)
	return tokens, user, err
}

// SignOut ends a session at once.
func (s *Service) SignOut(ctx context.Context, sessionID string) error {
	if err := s.store.EndSession(ctx, sessionID, s.now()); err != nil && !errs.Is(err, errs.NotFound) {
		return fmt.Errorf("end session: %w", err)
	}
	s.live.forget(sessionID)
	s.o.OnSessionEnd(sessionID)
	return nil
}

// Authenticate says who an access token for the API speaks for. Errors: errs.Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, accessToken string) (Principal, error) {
	return s.authenticate(ctx, typAccess, accessToken)
}

// AuthenticateKube says who a token for a cluster's endpoint speaks for; the caller compares Principal.Audience with
// KubeAudience of the cluster that it has loaded. Errors: errs.Unauthenticated.
func (s *Service) AuthenticateKube(ctx context.Context, token string) (Principal, error) {
	return s.authenticate(ctx, typKube, token)
}

func (s *Service) authenticate(ctx context.Context, typ, raw string) (Principal, error) {
	claims, err := s.tokens.read(typ, raw)
	if err != nil {
		return Principal{}, err
	}
	_, user, err := s.live.get(ctx, claims.Session)
	if err != nil {
		return Principal{}, err
	}
	if user.ID != claims.Subject {
		return Principal{}, errSessionEnded()
	}
	return Principal{
		UserID: user.ID, Email: user.Email, SessionID: claims.Session, Owner: user.Owner,
		Audience: claims.Audience[0], ExpiresAt: claims.ExpiresAt.Time,
	}, nil
}

// Alive says whether a session still is, for streams that go on after their token's check. Errors: errs.Unauthenticated.
func (s *Service) Alive(ctx context.Context, sessionID string) error {
	_, _, err := s.live.get(ctx, sessionID)
	return err
}

// KubeToken returns a token for one cluster's endpoint, within p's session.
func (s *Service) KubeToken(_ context.Context, p Principal, clusterID string) (token string, expires time.Time, err error) {
	expires = s.now().Add(s.o.KubeTTL)
	token, err = s.tokens.sign(typKube, p.UserID, p.SessionID, KubeAudience(clusterID), expires)
	return token, expires, err
}

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
