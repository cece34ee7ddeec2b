package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
)

const (
	requestIDHeader = "X-Request-Id"
	problemType     = "application/problem+json"
)

// Problem is the one form of errors of this API.
type Problem struct {
	api.Problem
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes JSON problem+json.
func (p *Problem) ContentType(string) string { return problemType }

func newProblem(status int, code errs.Code, detail, requestID string) *Problem {
	return &Problem{api.Problem{
		Title: http.StatusText(status), Status: status, Code: string(code), Detail: detail, RequestID: requestID,
	}}
}

// problemOf turns any error into what may be shown.
func problemOf(err error, requestID string) *Problem {
	code := errs.CodeOf(err)
	return newProblem(errs.HTTPStatus(code), code, errs.Message(err), requestID)
}

// codeOfStatus names the statuses that huma and Fiber answer by themselves.
func codeOfStatus(status int) errs.Code {
	switch status {
	case http.StatusUnauthorized:
		return errs.Unauthenticated
	case http.StatusForbidden:
		return errs.Forbidden
	case http.StatusNotFound:
		return errs.NotFound
	case http.StatusRequestEntityTooLarge:
		return errs.TooLarge
	}
	if status >= http.StatusInternalServerError {
		return errs.Internal
	}
	return errs.Invalid
}

var errorForm sync.Once

// setErrorForm makes huma write errors as Problems. huma keeps that in package variables, hence the Once.
func setErrorForm(logger *slog.Logger) {
	errorForm.Do(func() {
		huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, causes ...error) huma.StatusError {
			requestID := ""
			background := context.Background()
			if ctx != nil {
				requestID, background = requestIDOf(ctx.Context()), ctx.Context()
			}
			if status == http.StatusInternalServerError && len(causes) == 1 {
				p := problemOf(causes[0], requestID)
				if p.Status == http.StatusInternalServerError {
					logger.ErrorContext(background, "request failed", "request", requestID, "error", causes[0])
				}
				return p
			}
			return detailed(status, message, requestID, causes)
		}
		huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
			return detailed(status, message, "", causes)
		}
	})
}

func detailed(status int, message, requestID string, causes []error) *Problem {
	p := newProblem(status, codeOfStatus(status), message, requestID)
	for _, cause := range causes {
		var detail huma.ErrorDetailer
		if errors.As(cause, &detail) {
			d := detail.ErrorDetail()
			p.Errors = append(p.Errors, api.ProblemDetail{Location: d.Location, Message: d.Message})
		} else if cause != nil {
			p.Errors = append(p.Errors, api.ProblemDetail{Message: cause.Error()})
		}
	}
	if status == http.StatusUnprocessableEntity {
		p.Detail = "The request does not fit its description: see errors."
	}
	return p
}

// fiberError writes what did not pass through huma.
func (s *Server) fiberError(c *fiber.Ctx, err error) error {
	requestID, _ := c.Locals(requestIDKey{}).(string)
	var fiberErr *fiber.Error
	p := problemOf(err, requestID)
	if errors.As(err, &fiberErr) {
		p = newProblem(fiberErr.Code, codeOfStatus(fiberErr.Code), fiberErr.Message, requestID)
	} else if p.Status == http.StatusInternalServerError {
		s.o.Logger.Error("request failed", "request", requestID, "error", err)
	}
	c.Status(p.Status)
	if err := c.JSON(p.Problem); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problemType)
	return nil
}

type requestIDKey struct{}

func requestIDOf(ctx context.Context) string {
	requestID, _ := ctx.Value(requestIDKey{}).(string)
	return requestID
}
