package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

type sessionOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      api.Session
}

type emptyOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *Server) registerSession() {
	register(s, Public, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/session", Summary: "Sign in with a password", Tags: []string{"session"},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests},
	}, s.signIn)
	register(s, Public, huma.Operation{
		OperationID: "refresh-session", Method: http.MethodPost, Path: "/session/refresh", Summary: "Exchange a refresh token for new tokens", Tags: []string{"session"},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden},
	}, s.refresh)
	register(s, SignedIn, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/session", Summary: "End this session and everything it has open", Tags: []string{"session"},
		DefaultStatus: http.StatusNoContent,
	}, s.signOut)
	register(s, SignedIn, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/me", Summary: "Who is signed in", Tags: []string{"session"},
	}, s.me)
}

func (s *Server) signIn(ctx context.Context, in *struct{ Body api.SignIn }) (*sessionOutput, error) {
	c := clientOf(ctx)
	if !s.limiter.allow(c.ip) {
		return nil, errs.New(errs.ResourceExhausted, "Too many sign-ins from your address: try again in a few seconds.")
	}
	if in.Body.Cookie || c.origin != "" {
		if err := s.ownOrigin(c.origin); err != nil {
			return nil, err
		}
	}
	tokens, user, err := s.o.Sessions.SignIn(ctx, in.Body.Email, in.Body.Password, c.userAgent, c.ip)
	if err != nil {
		return nil, err
	}
	return s.sessionAnswer(tokens, user, in.Body.Cookie), nil
}

func (s *Server) ownOrigin(origin string) error {
	if !s.origins[strings.ToLower(origin)] {
		return errs.New(errs.Forbidden, "The request does not come from this hub's own pages.")
	}
	return nil
}

func (s *Server) refresh(ctx context.Context, in *struct {
	Cookie string       `cookie:"__Host-fairlead-refresh" hidden:"true"`
	Body   *api.Refresh `required:"false"`
}) (*sessionOutput, error) {
	token, byCookie := in.Cookie, true
	if in.Body != nil && in.Body.RefreshToken != "" {
		token, byCookie = in.Body.RefreshToken, false
	}
	if token == "" {
		return nil, errs.New(errs.Unauthenticated, "Sign in first: no refresh token came with the request.")
	}
	if byCookie {
		if err := s.ownOrigin(clientOf(ctx).origin); err != nil {
			return nil, err
		}
	}
	tokens, user, err := s.o.Sessions.Refresh(ctx, token)
	if err != nil {
		return nil, err
	}
	return s.sessionAnswer(tokens, user, byCookie), nil
}

func (s *Server) sessionAnswer(t identity.Tokens, u identity.User, cookie bool) *sessionOutput {
	out := &sessionOutput{Body: api.Session{ExpiresAt: t.ExpiresAt, SessionExpiresAt: t.SessionExpiresAt, User: userOf(u)}}
	if cookie {
		out.SetCookie = []http.Cookie{cookieOf(accessCookie, t.Access, t.ExpiresAt), cookieOf(refreshCookie, t.Refresh, t.SessionExpiresAt)}
		return out
	}
	out.Body.AccessToken, out.Body.RefreshToken = t.Access, t.Refresh
	return out
}

func cookieOf(name, value string, expires time.Time) http.Cookie {
	return http.Cookie{Name: name, Value: value, Path: "/", Expires: expires, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*emptyOutput, error) {
	if err := s.o.Sessions.SignOut(ctx, principalOf(ctx).SessionID); err != nil {
		return nil, err
	}
	past := time.Unix(1, 0)
	return &emptyOutput{SetCookie: []http.Cookie{cookieOf(accessCookie, "", past), cookieOf(refreshCookie, "", past)}}, nil
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*struct{ Body api.User }, error) {
	u, err := s.o.Users.GetUser(ctx, principalOf(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body api.User }{userOf(u)}, nil
}

func userOf(u identity.User) api.User {
	role := "member"
	if u.Owner {
		role = "owner"
	}
	return api.User{ID: u.ID, Email: u.Email, Name: u.Name, Role: role}
}
