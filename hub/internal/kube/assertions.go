package kube

import (
	"strings"
	"sync"
	"time"

	"github.com/fairlead/fairlead/shared/assertion"
)

const (
	// renewBefore is how long before its end an assertion is replaced.
	renewBefore   = time.Minute
	maxAssertions = 10_000
)

// assertionCache signs an assertion for each person and link once in a few minutes; the agent in turn checks each
// signature once.
type assertionCache struct {
	o Options

	mu     sync.Mutex
	signed map[string]signedAssertion
}

type signedAssertion struct {
	token   string
	expires time.Time
}

func newAssertionCache(o Options) *assertionCache {
	return &assertionCache{o: o, signed: map[string]signedAssertion{}}
}

func (a *assertionCache) get(c *call) (string, error) {
	key := strings.Join([]string{c.link.ID(), c.principal.SessionID, c.decision.User, strings.Join(c.decision.Groups, ",")}, " ")
	now := a.o.Now()
	a.mu.Lock()
	known, ok := a.signed[key]
	a.mu.Unlock()
	if ok && now.Add(renewBefore).Before(known.expires) {
		return known.token, nil
	}
	fresh := signedAssertion{expires: now.Add(assertion.MaxLifetime)}
	var err error
	fresh.token, err = a.o.Signer.Sign(assertion.Claims{
		Issuer: a.o.HubID, Cluster: c.cluster.ID, Link: c.link.ID(), Session: c.principal.SessionID,
		User: c.decision.User, Groups: c.decision.Groups, Expires: fresh.expires,
	}, now)
	if err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.signed) >= maxAssertions {
		clear(a.signed)
	}
	a.signed[key] = fresh
	return fresh.token, nil
}
