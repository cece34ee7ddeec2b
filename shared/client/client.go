package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

const (
	maxAnswer      = 16 << 20
	defaultTimeout = 30 * time.Second
	maxTries       = 3
)

// TokenSource gives access tokens.
type TokenSource interface {
	// Token returns an access token, refreshed where it has ended. rejected, if not empty, is one that the hub refused.
	Token(ctx context.Context, rejected string) (string, error)
}

// Options of a Client.
type Options struct {
	BaseURL   string         // https://host[:port]
	Roots     *x509.CertPool // nil: the system's
	Tokens    TokenSource    // nil: calls that need no sign-in
	UserAgent string
	Timeout   time.Duration // of each call; default 30 s
}

// Client calls one hub. Safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
}

// New returns a Client. Errors: errs.Invalid for an address that is not https.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, errs.New(errs.Invalid, "The hub's address %q will not do: https://host[:port] is needed.", o.BaseURL)
	}
	o.BaseURL = "https://" + u.Host
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}
	return &Client{o: o, http: &http.Client{
		Timeout: o.Timeout, Transport: transport,
		// The API redirects nowhere; a token must not follow one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// BaseURL returns the hub's address.
func (c *Client) BaseURL() string { return c.o.BaseURL }

// Hub returns what the hub tells anybody.
func (c *Client) Hub(ctx context.Context) (api.Hub, error) {
	var out api.Hub
	return out, c.call(ctx, http.MethodGet, "/hub", nil, &out, false)
}

// SignIn starts a session with a password.
func (c *Client) SignIn(ctx context.Context, email, password string) (api.Session, error) {
	var out api.Session
	return out, c.call(ctx, http.MethodPost, "/session", api.SignIn{Email: email, Password: password}, &out, false)
}

// Refresh exchanges a refresh token. It is never repeated by itself.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (api.Session, error) {
	var out api.Session
	return out, c.call(ctx, http.MethodPost, "/session/refresh", api.Refresh{RefreshToken: refreshToken}, &out, false)
}

// SignOut ends the session.
func (c *Client) SignOut(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, "/session", nil, nil, true)
}

// Me returns who is signed in.
func (c *Client) Me(ctx context.Context) (api.User, error) {
	var out api.User
	return out, c.call(ctx, http.MethodGet, "/me", nil, &out, true)
}

// ClusterQuery narrows Clusters.
type ClusterQuery struct{ Text, Tenant string }

// Clusters goes through all clusters that match, a page at a time. The first error ends it.
func (c *Client) Clusters(ctx context.Context, q ClusterQuery) iter.Seq2[api.Cluster, error] {
	return func(yield func(api.Cluster, error) bool) {
		query := url.Values{"limit": {"500"}}
		if q.Text != "" {
			query.Set("q", q.Text)
		}
		if q.Tenant != "" {
			query.Set("tenant", q.Tenant)
		}
		for {
			var page api.ClusterList
			if err := c.call(ctx, http.MethodGet, "/clusters?"+query.Encode(), nil, &page, true); err != nil {
				yield(api.Cluster{}, err)
				return
			}
			for _, cluster := range page.Items {
				if !yield(cluster, nil) {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			query.Set("cursor", page.NextCursor)
		}
	}
}

func clusterPath(ref string, rest ...string) string {
	return "/clusters/" + strings.Join(append([]string{url.PathEscape(ref)}, rest...), "/")
}

// Cluster returns the cluster of an id, a name or tenant/name.
func (c *Client) Cluster(ctx context.Context, ref string) (api.Cluster, error) {
	var out api.Cluster
	return out, c.call(ctx, http.MethodGet, clusterPath(ref), nil, &out, true)
}

// CreateCluster adds a cluster.
func (c *Client) CreateCluster(ctx context.Context, in api.CreateCluster) (api.CreatedCluster, error) {
	var out api.CreatedCluster
	return out, c.call(ctx, http.MethodPost, "/clusters", in, &out, true)
}

// UpdateCluster changes what is given.
func (c *Client) UpdateCluster(ctx context.Context, ref string, in api.UpdateCluster) (api.Cluster, error) {
	var out api.Cluster
	return out, c.call(ctx, http.MethodPatch, clusterPath(ref), in, &out, true)
}

// DeleteCluster removes a cluster.
func (c *Client) DeleteCluster(ctx context.Context, ref string) error {
	return c.call(ctx, http.MethodDelete, clusterPath(ref), nil, nil, true)
}

// RevokeCluster makes its agent's key worthless.
func (c *Client) RevokeCluster(ctx context.Context, ref string) (api.Cluster, error) {
	var out api.Cluster
	return out, c.call(ctx, http.MethodPost, clusterPath(ref, "revoke"), nil, &out, true)
}

// NewEnrolment makes a new enrolment token.
func (c *Client) NewEnrolment(ctx context.Context, ref string) (api.Enrolment, error) {
	var out api.Enrolment
	return out, c.call(ctx, http.MethodPost, clusterPath(ref, "enrolment-tokens"), nil, &out, true)
}

// KubeToken returns a token for the cluster's Kubernetes endpoint.
func (c *Client) KubeToken(ctx context.Context, ref string) (api.KubeToken, error) {
	var out api.KubeToken
	return out, c.call(ctx, http.MethodPost, clusterPath(ref, "kube-token"), nil, &out, true)
}

// CreateUser adds a person.
func (c *Client) CreateUser(ctx context.Context, in api.CreateUser) (api.User, error) {
	var out api.User
	return out, c.call(ctx, http.MethodPost, "/users", in, &out, true)
}

// CreateGrant gives a person a role.
func (c *Client) CreateGrant(ctx context.Context, in api.CreateGrant) (api.Grant, error) {
	var out api.Grant
	return out, c.call(ctx, http.MethodPost, "/grants", in, &out, true)
}

// DeleteGrant takes a role away.
func (c *Client) DeleteGrant(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/grants/"+url.PathEscape(id), nil, nil, true)
}

// call makes one call, with a fresh token after a refusal, and repeats reads that met no answer.
func (c *Client) call(ctx context.Context, method, path string, in, out any, signedIn bool) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	token := ""
	if signedIn {
		if c.o.Tokens == nil {
			return errs.New(errs.Unauthenticated, "Sign in first.")
		}
		var err error
		if token, err = c.o.Tokens.Token(ctx, ""); err != nil {
			return err
		}
	}
	renewed := false
	for try := 1; ; try++ {
		err := c.once(ctx, method, path, body, out, token)
		switch {
		case err == nil:
			return nil
		case signedIn && !renewed && errs.Is(err, errs.Unauthenticated):
			renewed = true
			if token, err = c.o.Tokens.Token(ctx, token); err != nil {
				return err
			}
		case method == http.MethodGet && try < maxTries && errs.Is(err, errs.Unavailable) && ctx.Err() == nil:
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(try) * 200 * time.Millisecond):
			}
		default:
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, body []byte, out any, token string) error {
	request, err := http.NewRequestWithContext(ctx, method, c.o.BaseURL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("User-Agent", c.o.UserAgent)
	response, err := c.http.Do(request)
	if err != nil {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			return errs.Wrap(err, errs.Invalid, "The certificate of %s is from a CA that is not trusted here: sign in with --ca-sha256 or --ca-file.", c.o.BaseURL)
		}
		return errs.Wrap(err, errs.Unavailable, "The hub at %s does not answer (%v).", c.o.BaseURL, unwrapURL(err))
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "The hub's answer broke off.")
	}
	if len(raw) > maxAnswer {
		return errs.New(errs.TooLarge, "The hub's answer has more than %d MiB.", maxAnswer>>20)
	}
	if response.StatusCode >= 300 {
		return problem(response, raw)
	}
	if out == nil || response.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return errs.Wrap(err, errs.Internal, "The hub's answer could not be read: is %s a Fairlead hub?", c.o.BaseURL)
	}
	return nil
}

// unwrapURL drops the method and address, which the caller names already.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// problem turns a problem+json answer into an error with the hub's words.
func problem(response *http.Response, raw []byte) error {
	var p api.Problem
	if err := json.Unmarshal(raw, &p); err != nil || p.Code == "" {
		return errs.New(errs.Internal, "The hub answered %s, without saying why: is %s a Fairlead hub?", response.Status, response.Request.URL.Host)
	}
	message := p.Detail
	for _, e := range p.Errors {
		message += "\n  " + strings.TrimPrefix(e.Location, "body.") + ": " + e.Message
	}
	if p.RequestID != "" && response.StatusCode >= 500 {
		message += " (request " + p.RequestID + ")"
	}
	if after, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		message += fmt.Sprintf(" Try again in %d s.", after)
	}
	return &errs.Error{Code: errs.Code(p.Code), Message: message}
}
