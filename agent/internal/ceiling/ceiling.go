// Package ceiling owns what the owner of this cluster allows any hub to ask for, whatever the hub says: the highest role,
// whether Secrets may pass, and the few things that no person reaches through a hub because they amount to the agent's own
// rights. It is set by the agent's Helm values and by nothing else. Kubernetes' RBAC decides below it.
package ceiling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/kubehttp"
)

// Preset names the highest role that the cluster accepts.
type Preset string

// The presets, weakest first.
const (
	View    Preset = "view"
	Operate Preset = "operate"
	Admin   Preset = "admin"
)

// Secrets says whether Secret objects may pass.
type Secrets string

// What may happen to requests for Secrets.
const (
	RefuseSecrets Secrets = "refuse"
	AllowSecrets  Secrets = "allow"
)

// ownPrefix starts the names of the cluster-scoped objects of the agent's release and of the bindings that it makes.
const ownPrefix = "fairlead-"

// presetRoles are the roles that each preset accepts.
var presetRoles = map[Preset][]string{
	View:    {"viewer"},
	Operate: {"viewer", "operator"},
	Admin:   {"viewer", "operator", "developer", "admin"},
}

// Ceiling is the limit of one cluster. It is immutable and safe for concurrent use.
type Ceiling struct {
	preset    Preset
	secrets   Secrets
	namespace string // the agent's own
}

// New returns a ceiling. namespace is the agent's own, which is out of reach of every hub.
func New(preset Preset, secrets Secrets, namespace string) (*Ceiling, error) {
	if _, ok := presetRoles[preset]; !ok {
		return nil, fmt.Errorf("ceiling preset %q: view, operate or admin is needed", preset)
	}
	if secrets != RefuseSecrets && secrets != AllowSecrets {
		return nil, fmt.Errorf("ceiling for Secrets %q: refuse or allow is needed", secrets)
	}
	if namespace == "" {
		return nil, fmt.Errorf("the agent's own namespace is not known")
	}
	return &Ceiling{preset: preset, secrets: secrets, namespace: namespace}, nil
}

// Preset returns the highest role's preset.
func (c *Ceiling) Preset() Preset { return c.preset }

// Secrets returns what happens to requests for Secrets.
func (c *Ceiling) Secrets() Secrets { return c.secrets }

// Accepts reports whether the cluster's owner lets a hub act in a role at all.
func (c *Ceiling) Accepts(role string) bool { return slices.Contains(presetRoles[c.preset], role) }

// Groups returns those of a hub's groups whose role the ceiling accepts; the others never reach the API server.
func (c *Ceiling) Groups(hubID string, groups []string) []string {
	kept := make([]string, 0, len(groups))
	for _, name := range groups {
		if g, err := assertion.ParseGroup(hubID, name); err == nil && c.Accepts(g.Role) {
			kept = append(kept, name)
		}
	}
	return kept
}

// Check says whether a request may pass. Errors: errs.Forbidden, with what the cluster's owner would change to allow it.
func (c *Ceiling) Check(r kubehttp.Info) error {
	if !r.Resource {
		return nil
	}
	switch {
	case r.Verb == "proxy" || r.Kind == "nodes" && r.Subresource == "proxy":
		return errs.New(errs.Forbidden, "The ceiling of this cluster refuses proxying to nodes through any hub: it amounts to exec on the node.")
	case r.Group == "" && r.Kind == "serviceaccounts" && r.Subresource == "token":
		return errs.New(errs.Forbidden, "The ceiling of this cluster refuses making tokens of service accounts through any hub.")
	case r.Group == "" && r.Kind == "secrets" && c.secrets == RefuseSecrets:
		return errs.New(errs.Forbidden, "The ceiling of this cluster refuses Secrets (ceiling.secrets=refuse in the agent's values; only the cluster's owner can change it).")
	case r.Namespace == c.namespace && !readOnly(r):
		return errs.New(errs.Forbidden, "The ceiling of this cluster keeps namespace %q, where its agent lives, out of every hub's reach.", c.namespace)
	case r.Namespace == c.namespace && r.Group == "" && (r.Kind == "secrets" || r.Subresource != "" && r.Subresource != "status" && r.Subresource != "log"):
		return errs.New(errs.Forbidden, "The ceiling of this cluster keeps the Secrets and containers of namespace %q, where its agent lives, out of every hub's reach.", c.namespace)
	case r.Group == "rbac.authorization.k8s.io" && !readOnly(r) && (r.Name == "" && r.Verb != "create" || strings.HasPrefix(r.Name, ownPrefix)):
		return errs.New(errs.Forbidden, "The ceiling of this cluster keeps the roles and bindings named %s…, which are its agent's, out of every hub's reach.", ownPrefix)
	case c.preset == View && !readOnly(r) && !selfReview(r):
		return errs.New(errs.Forbidden, "The ceiling of this cluster allows reading only (ceiling.preset=view in the agent's values; only the cluster's owner can change it).")
	}
	return nil
}

// Narrow returns the field selector with which a list or watch of Secrets over all namespaces leaves out the agent's own
// namespace, where its key is; ok is false where r needs none.
func (c *Ceiling) Narrow(r kubehttp.Info, fieldSelector string) (narrowed string, ok bool) {
	if !r.Resource || r.Group != "" || r.Kind != "secrets" || r.Namespace != "" {
		return "", false
	}
	own := "metadata.namespace!=" + c.namespace
	if fieldSelector == "" {
		return own, true
	}
	return fieldSelector + "," + own, true
}

// readOnly is about verbs alone: exec and its like by GET count as writing.
func readOnly(r kubehttp.Info) bool {
	switch r.Subresource {
	case "exec", "attach", "portforward", "proxy":
		return false
	}
	return r.Verb == "get" || r.Verb == "list" || r.Verb == "watch"
}

// selfReview is what `kubectl auth can-i` and `kubectl auth whoami` create: questions, stored nowhere.
func selfReview(r kubehttp.Info) bool {
	return r.Verb == "create" && (r.Group == "authorization.k8s.io" && (r.Kind == "selfsubjectaccessreviews" || r.Kind == "selfsubjectrulesreviews") ||
		r.Group == "authentication.k8s.io" && r.Kind == "selfsubjectreviews")
}
