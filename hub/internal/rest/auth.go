package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/fairlead/fairlead/hub/internal/identity"
	"github.com/fairlead/fairlead/shared/errs"
)

// Cookies of browsers. __Host- binds them to this host, Secure and Path=/.
const (
	accessCookie  = "__Host-fairlead-access"
	refreshCookie = "__Host-fairlead-refresh"
)

// Rule says who may call a route. What a person may do with the object that a route names is checked on the loaded object,
// by the handler.
type Rule string

// The rules. There is no default.
const (
	Public   Rule = "public"    // anybody
	SignedIn Rule = "signed-in" // any person; the answer holds what they reach
	Owner    Rule = "owner"     // the hub's owners
)

// Route is one row of the table of routes, for the test that walks it as every role.
type Route struct {
	Method, Path string // Path with {parameters}, below Prefix where it is the API's
	Rule         Rule
}

// Rules returns the table.
func (s *Server) Rules() []Route { return s.rules }

// checkRules finds routes that came in without a rule.
func (s *Server) checkRules() error {
	ruled := map[string]bool{}
	for _, r := range s.rules {
		ruled[r.Method+" "+r.Path] = true
	}
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if op != nil && !ruled[method+" "+path] {
				return fmt.Errorf("route %s %s has no rule", method, path)
			}
		}
	}
	return nil
}

// register adds an operation of the API under a rule.
func register[I, O any](s *Server, rule Rule, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	s.rules = append(s.rules, Route{op.Method, op.Path, rule})
	op.Middlewares = append(op.Middlewares, s.admit(rule))
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity, http.StatusInternalServerError)
	if rule != Public {
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	huma.Register(s.api, op, handler)
}

type principalKey struct{}

func principalOf(ctx context.Context) identity.Principal {
	p, _ := ctx.Value(principalKey{}).(identity.Principal)
	return p
}

// admit runs before the body is read.
func (s *Server) admit(rule Rule) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humafiber.Unwrap(ctx)
		requestID, _ := c.Locals(requestIDKey{}).(string)
		ctx = huma.WithValue(ctx, requestIDKey{}, requestID)
		ctx = huma.WithValue(ctx, clientKey{}, client{ip: s.clientIP(c), userAgent: c.Get(fiber.HeaderUserAgent), origin: c.Get(fiber.HeaderOrigin)})
		principal, err := s.allowed(c, rule)
		if err != nil {
			p := problemOf(err, requestID)
			ctx.SetStatus(p.Status)
			ctx.SetHeader("Content-Type", problemType)
			if err := s.api.Marshal(ctx.BodyWriter(), "application/json", p); err != nil {
				s.o.Logger.Error("error could not be written", "request", requestID, "error", err)
			}
			return
		}
		next(huma.WithValue(ctx, principalKey{}, principal))
	}
}

// allowed says who asks and whether the rule lets them.
func (s *Server) allowed(c *fiber.Ctx, rule Rule) (identity.Principal, error) {
	if rule == Public {
		return identity.Principal{}, nil
	}
	token, byCookie, err := credential(c)
	if err != nil {
		return identity.Principal{}, err
	}
	if byCookie {
		if err := s.sameOrigin(c); err != nil {
			return identity.Principal{}, err
		}
	}
	principal, err := s.o.Sessions.Authenticate(c.UserContext(), token)
	if err != nil {
		return principal, err
	}
	c.Locals(principalKey{}, principal)
	if rule == Owner && !principal.Owner {
		return principal, errs.New(errs.Forbidden, "Only the owners of this hub may do this.")
	}
	return principal, nil
}

// credential returns the access token: a bearer token, or else the cookie.
func credential(c *fiber.Ctx) (token string, byCookie bool, err error) {
	if header := c.Get(fiber.HeaderAuthorization); header != "" {
		scheme, token, ok := strings.Cut(header, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", false, errs.New(errs.Unauthenticated, "The Authorization header must be \"Bearer\" and a token.")
		}
		return token, false, nil
	}
	if cookie := c.Cookies(accessCookie); cookie != "" {
		return cookie, true, nil
	}
	return "", false, errs.New(errs.Unauthenticated, "Sign in first: no token came with the request.")
}

// sameOrigin keeps other sites' pages from acting with a person's cookies: a request that changes something must name
// one of the hub's own origins, and none may say that it comes from another site.
func (s *Server) sameOrigin(c *fiber.Ctx) error {
	origin := c.Get(fiber.HeaderOrigin)
	site := c.Get("Sec-Fetch-Site")
	safe := c.Method() == http.MethodGet || c.Method() == http.MethodHead
	switch {
	case origin != "" && !s.origins[strings.ToLower(origin)],
		site != "" && site != "same-origin" && site != "none",
		!safe && origin == "":
		return errs.New(errs.Forbidden, "The request does not come from this hub's own pages.")
	}
	return nil
}

type clientKey struct{}

// client is what a request says of where it comes from.
type client struct{ ip, userAgent, origin string }

func clientOf(ctx context.Context) client {
	c, _ := ctx.Value(clientKey{}).(client)
	return c
}

// clientIP is what the front says; the engine itself sees only memory.
func (s *Server) clientIP(c *fiber.Ctx) string {
	if s.o.ClientIP != "" {
		return c.Get(s.o.ClientIP)
	}
	return c.IP()
}
