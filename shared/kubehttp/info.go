package kubehttp

import (
	"net/http"
	"strings"
)

// Info is what a request asks of the API server, read as the API server itself reads it
// (k8s.io/apiserver/pkg/endpoints/request.RequestInfoFactory; a test compares the two).
type Info struct {
	Resource    bool   // false: a path such as /version, whose Verb is the lower-case method
	Verb        string // get, list, watch, create, update, patch, delete, deletecollection, proxy
	Group       string // "" is the core group
	Version     string
	Namespace   string
	Kind        string // plural resource name, e.g. "pods"
	Name        string
	Subresource string // e.g. "exec"
}

// Parse reads r's decoded path, method and query.
func Parse(r *http.Request) Info {
	nonResource := Info{Verb: strings.ToLower(r.Method)}
	parts := splitPath(r.URL.Path)
	if len(parts) < 3 || (parts[0] != "api" && parts[0] != "apis") {
		return nonResource
	}
	info := Info{Resource: true}
	if parts[0] == "apis" {
		info.Group = parts[1]
		parts = parts[1:]
	}
	info.Version = parts[1]
	parts = parts[2:]
	if len(parts) == 0 {
		return nonResource
	}

	switch r.Method {
	case http.MethodPost:
		info.Verb = "create"
	case http.MethodGet, http.MethodHead:
		info.Verb = "get"
	case http.MethodPut:
		info.Verb = "update"
	case http.MethodPatch:
		info.Verb = "patch"
	case http.MethodDelete:
		info.Verb = "delete"
	}
	if parts[0] == "proxy" || parts[0] == "watch" {
		if len(parts) < 2 {
			return nonResource
		}
		info.Verb = parts[0]
		parts = parts[1:]
	}
	if parts[0] == "namespaces" && len(parts) > 1 {
		info.Namespace = parts[1]
		// status and finalize belong to the namespace itself; anything else lies within it.
		if len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
			parts = parts[2:]
		}
	}
	info.Kind = parts[0]
	if len(parts) >= 2 {
		info.Name = parts[1]
	}
	if len(parts) >= 3 && info.Verb != "proxy" {
		info.Subresource = parts[2]
	}
	if info.Name == "" {
		info.Verb = collectionVerb(info.Verb, r)
	}
	return info
}

func collectionVerb(verb string, r *http.Request) string {
	switch verb {
	case "get":
		// As the API server does: any value of watch but a clear no is a watch.
		switch value, given := queryValue(r, "watch"); {
		case !given, value == "false", value == "0":
			return "list"
		default:
			return "watch"
		}
	case "delete":
		return "deletecollection"
	}
	return verb
}

func queryValue(r *http.Request, key string) (string, bool) {
	values, given := r.URL.Query()[key]
	if !given {
		return "", false
	}
	return strings.ToLower(values[0]), true
}

func splitPath(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
