package kube

import (
	"net/http"

	"github.com/fairlead/fairlead/shared/kubehttp"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// bulkBody is the size of an upload, in bytes, from which it no longer belongs beside keystrokes.
const bulkBody = 64 << 10

// classOf says which of a link's connections carries a request. What a person waits for key by key, or what is small, is
// interactive; what may be large is bulk: lists, logs, copies (exec without a terminal), forwards, uploads, and whatever
// a Service or Pod answers through the API server's proxy.
func classOf(r *http.Request, info kubehttp.Info) tunnel.Class {
	if r.ContentLength > bulkBody {
		return tunnel.Bulk
	}
	switch info.Subresource {
	case "exec", "attach":
		if terminal := r.URL.Query().Get("tty"); terminal == "true" || terminal == "1" {
			return tunnel.Interactive
		}
		return tunnel.Bulk
	case "portforward", "proxy", "log":
		return tunnel.Bulk
	}
	if info.Resource && info.Verb == "list" {
		return tunnel.Bulk
	}
	return tunnel.Interactive
}
