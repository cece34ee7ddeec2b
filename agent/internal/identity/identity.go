// Package identity owns who this agent is: an Ed25519 key that was made in this cluster and never leaves it, and the
// cluster id that the hub gave. Both are kept in one Secret of the agent's own namespace, so that a restarted pod is the
// same agent.
package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Keys of the Secret.
const (
	seedKey    = "ed25519-seed"
	clusterKey = "cluster-id"
)

// Identity is the agent's key and, once enrolled, its cluster id. The hub is part of it: a cluster id is worth something
// at the hub alone that gave it.
type Identity struct {
	Key       ed25519.PrivateKey
	ClusterID string // empty before enrolment
}

// Secret keeps an Identity. Safe for use by one goroutine.
type Secret struct {
	client    dynamic.ResourceInterface
	namespace string
	name      string
}

// NewSecret returns the keeper in the Secret name of namespace.
func NewSecret(client dynamic.Interface, namespace, name string) *Secret {
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	return &Secret{client: client.Resource(secrets).Namespace(namespace), namespace: namespace, name: name}
}

// Load returns the identity and, where there is none yet, makes a key and keeps it before anybody hears of it.
func (s *Secret) Load(ctx context.Context) (Identity, error) {
	secret, err := s.get(ctx)
	if err != nil {
		return Identity{}, err
	}
	if seed := secret.Data[seedKey]; len(seed) == ed25519.SeedSize {
		return Identity{Key: ed25519.NewKeyFromSeed(seed), ClusterID: string(secret.Data[clusterKey])}, nil
	}
	return s.Renew(ctx)
}

// Renew makes a new key without a cluster id, for a new enrolment, and keeps it.
func (s *Secret) Renew(ctx context.Context) (Identity, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("make key: %w", err)
	}
	fresh := Identity{Key: key}
	return fresh, s.Save(ctx, fresh)
}

// Save keeps an identity in place of what was there. Of two agents that do so at once, one fails.
func (s *Secret) Save(ctx context.Context, i Identity) error {
	secret, err := s.get(ctx)
	if err != nil {
		return err
	}
	secret.Data = map[string][]byte{seedKey: i.Key.Seed(), clusterKey: []byte(i.ClusterID)}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&secret)
	if err != nil {
		return fmt.Errorf("encode identity Secret: %w", err)
	}
	if _, err := s.client.Update(ctx, &unstructured.Unstructured{Object: object}, metav1.UpdateOptions{FieldManager: "fairlead-agent"}); err != nil {
		return fmt.Errorf("keep identity in Secret %s/%s: %w", s.namespace, s.name, err)
	}
	return nil
}

func (s *Secret) get(ctx context.Context) (corev1.Secret, error) {
	var secret corev1.Secret
	object, err := s.client.Get(ctx, s.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return secret, fmt.Errorf("the Secret %s/%s, which the chart makes, is not there: install the chart again: %w", s.namespace, s.name, err)
	}
	if err != nil {
		return secret, fmt.Errorf("read identity Secret %s/%s: %w", s.namespace, s.name, err)
	}
	raw, err := json.Marshal(object.Object)
	if err != nil {
		return secret, fmt.Errorf("read identity Secret %s/%s: %w", s.namespace, s.name, err)
	}
	if err := json.Unmarshal(raw, &secret); err != nil {
		return secret, fmt.Errorf("read identity Secret %s/%s: %w", s.namespace, s.name, err)
	}
	return secret, nil
}
