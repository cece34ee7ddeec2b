// Package bindings owns the ClusterRoleBindings and RoleBindings by which this cluster gives the hub's groups their roles:
// it makes those for groups in use, never above the ceiling, and removes the others. The ClusterRoles that they refer to
// are the chart's.
package bindings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"github.com/fairlead/fairlead/agent/internal/ceiling"
	"github.com/fairlead/fairlead/shared/assertion"
)

const (
	managedLabel = "fairlead.io/bound-by"
	managedValue = "fairlead-agent"
	rolePrefix   = "fairlead-"
	manager      = "fairlead-agent"
)

var (
	clusterBindings = rbacv1.SchemeGroupVersion.WithResource("clusterrolebindings")
	bindings        = rbacv1.SchemeGroupVersion.WithResource("rolebindings")
)

// Binder keeps the bindings of one cluster. Safe for use by one goroutine.
type Binder struct {
	client  dynamic.Interface
	ceiling *ceiling.Ceiling
}

// New returns a Binder.
func New(client dynamic.Interface, c *ceiling.Ceiling) *Binder { return &Binder{client: client, ceiling: c} }

// Sync makes the cluster's bindings be those for groups, all of the hub hubID, as far as the ceiling accepts them.
//
// Errors: errs.Forbidden for a group outside the hub's names; nothing is changed then.
func (b *Binder) Sync(ctx context.Context, hubID string, groups []string) (bound, above []string, err error) {
	wanted := map[string]assertion.Group{} // by object name
	for _, name := range groups {
		g, err := assertion.ParseGroup(hubID, name)
		if err != nil {
			return nil, nil, err
		}
		if !b.ceiling.Accepts(g.Role) {
			above = append(above, name)
			continue
		}
		wanted[objectName(hubID, g)] = g
		bound = append(bound, name)
	}
	for objectName, g := range wanted {
		if err := b.apply(ctx, objectName, hubID, g); err != nil {
			return nil, nil, err
		}
	}
	return bound, above, b.prune(ctx, wanted)
}

// objectName is stable, and holds what a name may hold.
func objectName(hubID string, g assertion.Group) string {
	sum := sha256.Sum256([]byte(g.Name(hubID)))
	return rolePrefix + g.Role + "-" + hex.EncodeToString(sum[:6])
}

func (b *Binder) apply(ctx context.Context, name, hubID string, g assertion.Group) error {
	meta := metav1.ObjectMeta{
		Name: name, Namespace: g.Namespace, Labels: map[string]string{managedLabel: managedValue},
		Annotations: map[string]string{"fairlead.io/description": "Made by the Fairlead agent for a group of its hub; removed when the hub no longer uses it."},
	}
	subjects := []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: g.Name(hubID)}}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: rolePrefix + g.Role}
	version := rbacv1.SchemeGroupVersion.String()
	var object any = &rbacv1.ClusterRoleBinding{
		TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: "ClusterRoleBinding"}, ObjectMeta: meta, Subjects: subjects, RoleRef: ref,
	}
	resource := dynamic.ResourceInterface(b.client.Resource(clusterBindings))
	if g.Namespace != "" {
		object = &rbacv1.RoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: "RoleBinding"}, ObjectMeta: meta, Subjects: subjects, RoleRef: ref,
		}
		resource = b.client.Resource(bindings).Namespace(g.Namespace)
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return fmt.Errorf("encode binding %s: %w", name, err)
	}
	unstructured.RemoveNestedField(fields, "metadata", "creationTimestamp")
	_, err = resource.Apply(ctx, name, &unstructured.Unstructured{Object: fields}, metav1.ApplyOptions{FieldManager: manager, Force: true})
	if err != nil {
		return fmt.Errorf("bind group to role %s: %w", ref.Name, err)
	}
	return nil
}

// prune removes the bindings that this agent made and that nobody wants any more.
func (b *Binder) prune(ctx context.Context, wanted map[string]assertion.Group) error {
	for _, resource := range []dynamic.NamespaceableResourceInterface{b.client.Resource(clusterBindings), b.client.Resource(bindings)} {
		list, err := resource.List(ctx, metav1.ListOptions{LabelSelector: managedLabel + "=" + managedValue})
		if err != nil {
			return fmt.Errorf("list bindings: %w", err)
		}
		for _, object := range list.Items {
			if g, ok := wanted[object.GetName()]; ok && g.Namespace == object.GetNamespace() {
				continue
			}
			err := resource.Namespace(object.GetNamespace()).Delete(ctx, object.GetName(), metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("remove binding %s: %w", object.GetName(), err)
			}
		}
	}
	return nil
}
