package kube

import (
	"sync"
	"time"

	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
)

// maxVerified bounds the cache: as many people as may work on one cluster within a few minutes.
const maxVerified = 1024

// verifiedCache remembers assertions whose signature was good, by their bytes, so that the many requests of one person
// cost one Ed25519 check in minutes. Expiry is looked at each time.
type verifiedCache struct {
	verifier *assertion.Verifier
	now      func() time.Time

	mu   sync.Mutex
	byID map[string]assertion.Claims
}

func newVerifiedCache(v *assertion.Verifier, now func() time.Time) *verifiedCache {
	return &verifiedCache{verifier: v, now: now, byID: map[string]assertion.Claims{}}
}

func (c *verifiedCache) verify(token string) (assertion.Claims, error) {
	c.mu.Lock()
	claims, known := c.byID[token]
	c.mu.Unlock()
	if known {
		if !c.now().Before(claims.Expires) {
			c.forget(token)
			return assertion.Claims{}, errs.New(errs.Unauthenticated, "The hub's assertion has expired.")
		}
		return claims, nil
	}
	claims, err := c.verifier.Verify(token)
	if err != nil {
		return assertion.Claims{}, err
	}
	c.remember(token, claims)
	return claims, nil
}

func (c *verifiedCache) forget(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, token)
}

// remember makes room by dropping what has expired, and everything when that is not enough: the price is a few more checks.
func (c *verifiedCache) remember(token string, claims assertion.Claims) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byID) >= maxVerified {
		now := c.now()
		for t, known := range c.byID {
			if !now.Before(known.Expires) {
				delete(c.byID, t)
			}
		}
		if len(c.byID) >= maxVerified {
			clear(c.byID)
		}
	}
	c.byID[token] = claims
}
