package assertion

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead/fairlead/shared/errs"
)

// Header carries the assertion on every request of kind "kube"; relay calls carry it in the metadata under the
// lower-case name.
const Header = "Fairlead-Assertion"

const (
	typ = "fairlead-assertion+jwt"
	// MaxLifetime bounds exp - iat; a verifier refuses more, whatever the hub signed.
	MaxLifetime = 5 * time.Minute
	// leeway is what remains of clock error after the skew measured in the hello was taken off.
	leeway = 10 * time.Second
	// maxSize bounds a token in bytes before it is parsed: the largest set of namespaced groups stays far below.
	maxSize   = 32 << 10
	maxGroups = 512
)

// Roles are the built-in roles that a cluster knows, weakest first.
var Roles = [...]string{"viewer", "operator", "developer", "admin"}

// Claims is what the hub says.
type Claims struct {
	Issuer  string   // hub id
	Cluster string   // audience: cluster id
	Link    string   // the link id that the agent chose; the assertion is worth nothing on any other link
	Session string   // the person's session, for the cluster's audit log
	User    string   // "fairlead:<hub id>:<user id>"
	Groups  []string // "fairlead:<hub id>:<role>[:ns:<namespace>]"
	Expires time.Time
}

type wireClaims struct {
	jwt.RegisteredClaims
	Link    string   `json:"sid"`
	Session string   `json:"ses,omitempty"`
	Groups  []string `json:"groups"`
}

// KeyID returns the id of an assertion key: the lower-case hex SHA-256 of the raw 32-byte public key. It is what an
// agent's values pin as hub.keySHA256.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// Signer signs assertions for one hub. Safe for concurrent use.
type Signer struct {
	key   ed25519.PrivateKey
	keyID string
}

// NewSigner returns a Signer for the hub's assertion key.
func NewSigner(key ed25519.PrivateKey) *Signer {
	return &Signer{key: key, keyID: KeyID(key.Public().(ed25519.PublicKey))}
}

// Sign returns the token for c, issued at now. c.Expires must lie within MaxLifetime of now.
func (s *Signer) Sign(c Claims, now time.Time) (string, error) {
	if c.Expires.Sub(now) > MaxLifetime {
		return "", fmt.Errorf("assertion for %s would live longer than %s", c.User, MaxLifetime)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, wireClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: c.Issuer, Subject: c.User, Audience: jwt.ClaimStrings{c.Cluster},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(c.Expires),
		},
		Link: c.Link, Session: c.Session, Groups: c.Groups,
	})
	token.Header["typ"] = typ
	token.Header["kid"] = s.keyID
	return token.SignedString(s.key)
}

// Verifier checks assertions on one link. Safe for concurrent use.
type Verifier struct {
	hubID, cluster, link string
	key                  ed25519.PublicKey
	keyID                string
	now                  func() time.Time
	parser               *jwt.Parser
}

// NewVerifier returns a Verifier for the link that was set up with this hub id, cluster id and link id. now is the hub's
// time as the agent reckons it: its own clock less the skew measured in the hello.
func NewVerifier(hubID, cluster, link string, key ed25519.PublicKey, now func() time.Time) *Verifier {
	return &Verifier{
		hubID: hubID, cluster: cluster, link: link, key: key, keyID: KeyID(key), now: now,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithAudience(cluster), jwt.WithIssuer(hubID),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(now), jwt.WithStrictDecoding()),
	}
}

// Verify checks a token and returns what it says.
//
// Errors: errs.Unauthenticated for anything not signed by this hub for this cluster and link, or expired;
// errs.Forbidden for a valid signature over a name that a hub may not use (not below its own prefix, or system:).
func (v *Verifier) Verify(token string) (Claims, error) {
	if token == "" {
		return Claims{}, errs.New(errs.Unauthenticated, "The request carries no assertion of the hub.")
	}
	if len(token) > maxSize {
		return Claims{}, errs.New(errs.Unauthenticated, "The hub's assertion is larger than %d bytes.", maxSize)
	}
	var w wireClaims
	_, err := v.parser.ParseWithClaims(token, &w, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != typ || t.Header["kid"] != v.keyID {
			return nil, fmt.Errorf("token of type %q and key %q is not an assertion of this hub", t.Header["typ"], t.Header["kid"])
		}
		return v.key, nil
	})
	if err != nil {
		return Claims{}, errs.Wrap(err, errs.Unauthenticated, "The hub's assertion is not valid here.")
	}
	if w.Link != v.link || len(w.Audience) != 1 {
		return Claims{}, errs.New(errs.Unauthenticated, "The hub's assertion was made for another link.")
	}
	if w.IssuedAt == nil || w.ExpiresAt.Sub(w.IssuedAt.Time) > MaxLifetime {
		return Claims{}, errs.New(errs.Unauthenticated, "The hub's assertion lives longer than %s.", MaxLifetime)
	}
	if err := v.checkNames(w.Subject, w.Groups); err != nil {
		return Claims{}, err
	}
	return Claims{
		Issuer: w.Issuer, Cluster: v.cluster, Link: w.Link, Session: w.Session,
		User: w.Subject, Groups: w.Groups, Expires: w.ExpiresAt.Time,
	}, nil
}

func (v *Verifier) checkNames(user string, groups []string) error {
	if !plainName(strings.TrimPrefix(user, UserPrefix(v.hubID))) || !strings.HasPrefix(user, UserPrefix(v.hubID)) {
		return errs.New(errs.Forbidden, "The hub asked for a user outside its own names.")
	}
	if len(groups) == 0 || len(groups) > maxGroups {
		return errs.New(errs.Forbidden, "The hub named %d groups; 1 to %d are accepted.", len(groups), maxGroups)
	}
	for _, g := range groups {
		if _, err := ParseGroup(v.hubID, g); err != nil {
			return err
		}
	}
	return nil
}

// UserPrefix returns what every user name of a hub starts with.
func UserPrefix(hubID string) string { return "fairlead:" + hubID + ":" }

// Group is a role that a hub may assert, in all namespaces or in one.
type Group struct {
	Role      string
	Namespace string // empty: all
}

// Name returns the Kubernetes group name of g under hubID.
func (g Group) Name(hubID string) string {
	name := UserPrefix(hubID) + g.Role
	if g.Namespace != "" {
		name += ":ns:" + g.Namespace
	}
	return name
}

// ParseGroup reads a group name. Errors: errs.Forbidden for any name that is not below the hub's own prefix in the
// exact form "fairlead:<hub id>:<role>" or "fairlead:<hub id>:<role>:ns:<namespace>".
func ParseGroup(hubID, name string) (Group, error) {
	refused := errs.New(errs.Forbidden, "The hub asked for a group outside its own names.")
	rest, ok := strings.CutPrefix(name, UserPrefix(hubID))
	if !ok {
		return Group{}, refused
	}
	role, namespace, namespaced := strings.Cut(rest, ":ns:")
	if !plainName(role) {
		return Group{}, refused
	}
	if namespaced && len(validation.IsDNS1123Label(namespace)) > 0 {
		return Group{}, refused
	}
	return Group{Role: role, Namespace: namespace}, nil
}

// plainName accepts what ids and role names are made of: no colon, no at sign, no space, nothing that a header or a log
// would read otherwise.
func plainName(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
