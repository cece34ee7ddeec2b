// Package errs owns the one error type that crosses Fairlead's boundaries, and its two tables: to HTTP and to gRPC.
//
// Inside a package, wrap with nouns and fmt.Errorf("open session for cluster %s: %w", …). At the place that knows what
// the reader can do about it, make an *Error: its Message is shown to people and must not carry a secret; Err is for the log.
package errs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Code says what kind of failure it is. The string is part of the API (problem+json "code").
type Code string

// The codes, each with the HTTP status that it becomes.
const (
	Invalid           Code = "invalid"            // 400: the request is wrong; the message says how to mend it
	Unauthenticated   Code = "unauthenticated"    // 401: no valid proof of who is asking
	Forbidden         Code = "forbidden"          // 403: known, and not allowed
	NotFound          Code = "not_found"          // 404: not there, or not for this person's eyes
	Conflict          Code = "conflict"           // 409: exists already, or changed meanwhile
	Gone              Code = "gone"               // 410: was valid once (a used or expired token)
	TooLarge          Code = "too_large"          // 413
	ResourceExhausted Code = "resource_exhausted" // 429: a limit; try later
	Internal          Code = "internal"           // 500: our fault; the log has the cause under the request id
	Unavailable       Code = "unavailable"        // 503: a peer is not there now (a cluster without a live link)
	Timeout           Code = "timeout"            // 504
)

// Error is a failure with a code and a message for people. Err, the cause, is logged and never shown.
type Error struct {
	Code    Code
	Message string
	Err     error
}

// Error returns the message and the cause; it is meant for logs.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an Error without a cause. The message says what is wrong and what to do.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error with a cause that is logged but not shown.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// CodeOf returns the code of the first *Error in err's chain; Timeout for an exceeded deadline; Internal otherwise.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return Internal
}

// Is reports whether err carries code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Message returns what may be shown to people: the first *Error's message, or a sentence without detail.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong in Fairlead. The log has the cause under this request id."
}

// table is the one mapping of codes to the two transports.
var table = []struct {
	code Code
	http int
	grpc codes.Code
}{
	{Invalid, http.StatusBadRequest, codes.InvalidArgument},
	{Unauthenticated, http.StatusUnauthorized, codes.Unauthenticated},
	{Forbidden, http.StatusForbidden, codes.PermissionDenied},
	{NotFound, http.StatusNotFound, codes.NotFound},
	{Conflict, http.StatusConflict, codes.AlreadyExists},
	{Gone, http.StatusGone, codes.FailedPrecondition},
	{TooLarge, http.StatusRequestEntityTooLarge, codes.OutOfRange},
	{ResourceExhausted, http.StatusTooManyRequests, codes.ResourceExhausted},
	{Internal, http.StatusInternalServerError, codes.Internal},
	{Unavailable, http.StatusServiceUnavailable, codes.Unavailable},
	{Timeout, http.StatusGatewayTimeout, codes.DeadlineExceeded},
}

// HTTPStatus returns the HTTP status of a code; 500 for an unknown one.
func HTTPStatus(code Code) int {
	for _, row := range table {
		if row.code == code {
			return row.http
		}
	}
	return http.StatusInternalServerError
}

// ToGRPC returns err as a gRPC status error that carries only what may be shown.
func ToGRPC(err error) error {
	if err == nil {
		return nil
	}
	code := CodeOf(err)
	for _, row := range table {
		if row.code == code {
			return status.Error(row.grpc, Message(err))
		}
	}
	return status.Error(codes.Internal, Message(err))
}

// FromGRPC returns a gRPC status error as *Error with the status's message; nil stays nil.
func FromGRPC(err error) error {
	if err == nil {
		return nil
	}
	st, _ := status.FromError(err)
	for _, row := range table {
		if row.grpc == st.Code() {
			return Wrap(err, row.code, "%s", st.Message())
		}
	}
	return Wrap(err, Internal, "The agent answered with an unexpected error.")
}
