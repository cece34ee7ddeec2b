package rest

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

func (s *Server) registerHub() {
	register(s, Public, huma.Operation{
		OperationID: "get-hub", Method: http.MethodGet, Path: "/hub", Summary: "What anybody may know of this hub", Tags: []string{"hub"},
	}, func(context.Context, *struct{}) (*struct{ Body api.Hub }, error) {
		return &struct{ Body api.Hub }{s.o.Hub}, nil
	})
	s.public("/ca.pem", func(c *fiber.Ctx) error {
		if s.o.CAPEM == nil {
			return errs.New(errs.NotFound, "This hub has no CA of its own: its certificate comes from a CA that the operator has chosen.")
		}
		c.Set(fiber.HeaderContentType, "application/x-pem-file")
		return c.Send(s.o.CAPEM)
	})
	s.public("/api/openapi.json", func(c *fiber.Ctx) error {
		document, err := s.OpenAPI()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(document)
	})
	s.public("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	s.public("/readyz", func(c *fiber.Ctx) error {
		if err := s.o.Ready(c.UserContext()); err != nil {
			return errs.Wrap(err, errs.Unavailable, "The hub is not ready: its database does not answer.")
		}
		return c.SendString("ok\n")
	})
}

// public adds a route outside the API that anybody may read.
func (s *Server) public(path string, handler fiber.Handler) {
	s.rules = append(s.rules, Route{http.MethodGet, path, Public})
	s.app.Get(path, handler)
}
