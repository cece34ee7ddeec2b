package kubehttp

import (
	"encoding/json"
	"net/http"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead/fairlead/shared/errs"
)

// RequestIDHeader names the request in answers and logs of hub and agent.
const RequestIDHeader = "X-Request-Id"

// reasons maps Fairlead's codes to Kubernetes' status reasons; kubectl prints "Error from server (<reason>)".
var reasons = map[errs.Code]metav1.StatusReason{
	errs.Invalid:           metav1.StatusReasonBadRequest,
	errs.Unauthenticated:   metav1.StatusReasonUnauthorized,
	errs.Forbidden:         metav1.StatusReasonForbidden,
	errs.NotFound:          metav1.StatusReasonNotFound,
	errs.Conflict:          metav1.StatusReasonConflict,
	errs.Gone:              metav1.StatusReasonGone,
	errs.TooLarge:          metav1.StatusReasonRequestEntityTooLarge,
	errs.ResourceExhausted: metav1.StatusReasonTooManyRequests,
	errs.Internal:          metav1.StatusReasonInternalError,
	errs.Unavailable:       metav1.StatusReasonServiceUnavailable,
	errs.Timeout:           metav1.StatusReasonTimeout,
}

// WriteError answers with err as a Kubernetes Status: its code's HTTP status and reason, and the message that may be
// shown, with the request id where there is one.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	code := errs.CodeOf(err)
	message := errs.Message(err)
	requestID := w.Header().Get(RequestIDHeader)
	if requestID != "" && errs.HTTPStatus(code) >= http.StatusInternalServerError {
		message += " (request " + requestID + ")"
	}
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure,
		Message:  message,
		Reason:   reasons[code],
		Code:     int32(errs.HTTPStatus(code)),
	}
	if code == errs.ResourceExhausted {
		status.Details = &metav1.StatusDetails{RetryAfterSeconds: 1}
		w.Header().Set("Retry-After", "1")
	}
	body, err := json.Marshal(status)
	if err != nil {
		http.Error(w, message, errs.HTTPStatus(code))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-cache, private")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(int(status.Code))
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
