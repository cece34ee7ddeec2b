package cluster

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/shared/errs"
)

// tokenPrefix lets scanners for leaked secrets, and people, recognize an enrolment token.
const tokenPrefix = "flt_"

func (s *Service) newToken(clusterID string) (EnrolmentToken, StoredToken) {
	now := s.now()
	token := EnrolmentToken{Plain: id.Secret(tokenPrefix), ExpiresAt: now.Add(s.o.TokenTTL)}
	return token, StoredToken{Hash: hash(token.Plain), ClusterID: clusterID, CreatedAt: now, ExpiresAt: token.ExpiresAt}
}

func hash(plain string) []byte {
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}

// NewEnrolmentToken makes a token for a cluster, in place of those that were not used. For a revoked cluster it is the
// way back, with a new key. Errors: errs.NotFound.
func (s *Service) NewEnrolmentToken(ctx context.Context, clusterID string) (EnrolmentToken, error) {
	token, stored := s.newToken(clusterID)
	if err := s.store.ReplaceToken(ctx, stored); err != nil {
		return EnrolmentToken{}, err
	}
	return token, nil
}

// Enrol ties an agent's key to the cluster of a token, once. The same key may come again with the same token while that
// has not expired, since an agent may die between the hub's yes and its own note of it.
//
// Errors: errs.Unauthenticated for an unknown token, errs.Gone for one that has expired or was used by another key. The
// messages are for the person who installs the agent.
func (s *Service) Enrol(ctx context.Context, token string, key ed25519.PublicKey) (Cluster, error) {
	if len(key) != ed25519.PublicKeySize {
		return Cluster{}, errs.New(errs.Invalid, "The agent's key has %d bytes; %d are needed.", len(key), ed25519.PublicKeySize)
	}
	now := s.now()
	c, err := s.store.UseToken(ctx, hash(token), key, now, func(t StoredToken) error {
		switch {
		case !now.Before(t.ExpiresAt):
			return errs.New(errs.Gone, "The enrolment token has expired. Make a new one (`fairlead clusters token NAME`) and install the agent with it.")
		case t.UsedBy != nil && subtle.ConstantTimeCompare(t.UsedBy, key) != 1:
			return errs.New(errs.Gone, "The enrolment token was used already, by another agent. Make a new one (`fairlead clusters token NAME`); if you did not use it, revoke the cluster.")
		}
		return nil
	})
	if errs.Is(err, errs.NotFound) {
		return Cluster{}, errs.New(errs.Unauthenticated, "The hub does not know this enrolment token. Make a new one (`fairlead clusters token NAME`) and install the agent with it.")
	}
	if err != nil {
		return Cluster{}, err
	}
	s.o.OnChange(c.ID, false)
	return c, nil
}

// SignIn says whether key is the key of cluster clusterID. Errors: errs.Unauthenticated for an unknown cluster and for
// another key, in the same words; errs.Forbidden for a revoked one.
func (s *Service) SignIn(ctx context.Context, clusterID string, key ed25519.PublicKey) (Cluster, error) {
	c, err := s.store.Cluster(ctx, clusterID)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Cluster{}, err
	}
	if err != nil || c.PublicKey == nil || subtle.ConstantTimeCompare(c.PublicKey, key) != 1 {
		return Cluster{}, errs.New(errs.Unauthenticated, "The hub does not know this agent: the cluster was removed or enrolled anew. Install the agent with a new token.")
	}
	if c.RevokedAt != nil {
		return Cluster{}, errs.New(errs.Forbidden, "This cluster's key was revoked at the hub. Enrol it anew with a new token.")
	}
	return c, nil
}
