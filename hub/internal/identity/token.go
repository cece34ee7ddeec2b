package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead/fairlead/hub/internal/id"
	"github.com/fairlead/fairlead/shared/errs"
)

// The kinds of tokens, as their typ header says; one is never taken for the other.
const (
	typAccess = "fairlead-access+jwt"
	typKube   = "fairlead-kube+jwt"

	audienceAPI  = "api"
	audienceKube = "kube:"

	maxToken = 4 << 10
)

// KubeAudience returns the audience of tokens for a cluster's endpoint.
func KubeAudience(clusterID string) string { return audienceKube + clusterID }

type tokenClaims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

// tokens signs and reads the hub's own JWTs: EdDSA, one key.
type tokens struct {
	key    ed25519.PrivateKey
	public ed25519.PublicKey
	keyID  string
	issuer string
	now    func() time.Time
}

func newTokens(key ed25519.PrivateKey, issuer string, now func() time.Time) *tokens {
	public := key.Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	return &tokens{key: key, public: public, keyID: hex.EncodeToString(sum[:8]), issuer: issuer, now: now}
}

func (t *tokens) sign(typ, userID, sessionID, audience string, expires time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, tokenClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: t.issuer, Subject: userID, Audience: jwt.ClaimStrings{audience}, ID: id.New("t"),
			IssuedAt: jwt.NewNumericDate(t.now()), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Session: sessionID,
	})
	token.Header["typ"], token.Header["kid"] = typ, t.keyID
	signed, err := token.SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// read checks a token of kind typ. The person and session it names are not looked up.
func (t *tokens) read(typ, raw string) (tokenClaims, error) {
	refused := func(err error) (tokenClaims, error) {
		return tokenClaims{}, errs.Wrap(err, errs.Unauthenticated, "The token is not valid or has expired: sign in again.")
	}
	if raw == "" || len(raw) > maxToken {
		return refused(fmt.Errorf("token of %d bytes", len(raw)))
	}
	var c tokenClaims
	_, err := jwt.ParseWithClaims(raw, &c, func(token *jwt.Token) (any, error) {
		if token.Header["typ"] != typ || token.Header["kid"] != t.keyID {
			return nil, fmt.Errorf("token of type %q and key %q", token.Header["typ"], token.Header["kid"])
		}
		return t.public, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(t.issuer), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(time.Second), jwt.WithTimeFunc(t.now), jwt.WithStrictDecoding())
	switch {
	case err != nil:
		return refused(err)
	case len(c.Audience) != 1,
		typ == typAccess && c.Audience[0] != audienceAPI,
		typ == typKube && !strings.HasPrefix(c.Audience[0], audienceKube):
		return refused(fmt.Errorf("audience %q does not fit a token of type %s", c.Audience, typ))
	case !id.Is("u", c.Subject) || !id.Is("s", c.Session):
		return refused(fmt.Errorf("token names no user or no session"))
	}
	return c, nil
}
