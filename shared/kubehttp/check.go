package kubehttp

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/fairlead/fairlead/shared/errs"
)

// singleHeaders may stand in a request once at most: two of them make two readers see two requests.
var singleHeaders = []string{"Authorization", "Content-Length", "Content-Type", "Fairlead-Assertion", "Host", "Upgrade"}

// Check refuses what no Kubernetes client sends and an attacker might: inbound impersonation in any spelling, also when
// it is only named in Connection (a proxy would drop it and run the request with the rights of somebody else); dot
// segments, empty segments and control characters in the path; doubled headers; methods other than Kubernetes' own.
//
// Errors: errs.Forbidden for impersonation, errs.Invalid for the rest. Both are safe to show.
func Check(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		return errs.New(errs.Invalid, "The method %.20q is not one of the Kubernetes API's.", r.Method)
	}
	for name := range r.Header {
		if impersonates(name) {
			return refusedImpersonation(name)
		}
	}
	for name := range r.Trailer {
		if impersonates(name) {
			return refusedImpersonation(name)
		}
	}
	for _, list := range r.Header["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			if impersonates(textproto.TrimString(name)) {
				return refusedImpersonation(textproto.TrimString(name))
			}
		}
	}
	for _, name := range singleHeaders {
		if len(r.Header[name]) > 1 {
			return errs.New(errs.Invalid, "The header %s stands in the request more than once.", name)
		}
	}
	return checkPath(r.URL.Path)
}

// impersonates reports whether a header is one of Kubernetes' impersonation headers, however it is spelled: some servers
// read an underscore as a dash.
func impersonates(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	return strings.HasPrefix(name, "impersonate-") || name == "impersonate"
}

func refusedImpersonation(name string) error {
	return errs.New(errs.Forbidden, "Impersonation (%.40s, as by kubectl --as) does not pass through Fairlead: each call runs as the person who makes it.",
		http.CanonicalHeaderKey(name))
}

// checkPath looks at the decoded path, which is what the API server's authorizer reads.
func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return errs.New(errs.Invalid, "The path of the request does not start with a slash.")
	}
	for i := range len(path) {
		if c := path[i]; c < 0x20 || c == 0x7f || c == '\\' {
			return errs.New(errs.Invalid, "The path of the request holds a control character or a backslash.")
		}
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		if s == "." || s == ".." || (s == "" && i != len(segments)-1) {
			return errs.New(errs.Invalid, "The path of the request holds an empty or a dot segment.")
		}
	}
	return nil
}
