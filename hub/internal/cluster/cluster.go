package cluster

import (
	"context"
	"crypto/ed25519"
	"slices"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead/fairlead/shared/errs"
)

// DefaultTenant is the customer that clusters belong to when none is named. The first migration makes it.
const DefaultTenant = "default"

// Cluster is a managed cluster.
type Cluster struct {
	ID, TenantID, Tenant, Name, Description string
	Labels                                  map[string]string
	PublicKey                               ed25519.PublicKey // of its agent; nil before enrolment
	CreatedAt                               time.Time
	EnrolledAt, RevokedAt, LastSeenAt       *time.Time
	Facts                                   *Facts // the last that were reported; nil before the first
}

// Facts is what an agent reported of its cluster.
type Facts struct {
	KubernetesVersion string    `json:"kubernetesVersion,omitempty"`
	AgentVersion      string    `json:"agentVersion,omitempty"`
	Provider          string    `json:"provider,omitempty"`
	Region            string    `json:"region,omitempty"`
	Nodes             int       `json:"nodes"`
	NodesReady        int       `json:"nodesReady"`
	CPUMillis         int64     `json:"cpuMillis"`
	MemoryBytes       int64     `json:"memoryBytes"`
	PodCapacity       int64     `json:"podCapacity"`
	CeilingPreset     string    `json:"ceilingPreset,omitempty"`
	CeilingSecrets    string    `json:"ceilingSecrets,omitempty"`
	ReportedAt        time.Time `json:"reportedAt"`
}

// maxFact bounds each word of an agent, in bytes.
const maxFact = 128

// Bounded returns f cut to what may be stored and shown: short printable words, no negative figures.
func (f Facts) Bounded() Facts {
	for _, word := range []*string{&f.KubernetesVersion, &f.AgentVersion, &f.Provider, &f.Region, &f.CeilingPreset, &f.CeilingSecrets} {
		*word = printable(*word)
	}
	f.Nodes, f.NodesReady = max(f.Nodes, 0), max(f.NodesReady, 0)
	f.CPUMillis, f.MemoryBytes, f.PodCapacity = max(f.CPUMillis, 0), max(f.MemoryBytes, 0), max(f.PodCapacity, 0)
	return f
}

func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxFact)]
}

// EnrolmentToken is a token in its plain form, which is shown once and kept nowhere.
type EnrolmentToken struct {
	Plain     string
	ExpiresAt time.Time
}

// Reach says which clusters a person may see. The zero value sees none.
type Reach struct {
	All                   bool
	TenantIDs, ClusterIDs []string
}

// Includes reports whether c lies within r.
func (r Reach) Includes(c Cluster) bool {
	if r.All {
		return true
	}
	for _, id := range r.TenantIDs {
		if id == c.TenantID {
			return true
		}
	}
	for _, id := range r.ClusterIDs {
		if id == c.ID {
			return true
		}
	}
	return false
}

// Equal reports whether r and other say the same in the same order.
func (r Reach) Equal(other Reach) bool {
	return r.All == other.All && slices.Equal(r.TenantIDs, other.TenantIDs) && slices.Equal(r.ClusterIDs, other.ClusterIDs)
}

// Query asks for a page of clusters, ordered by tenant and name.
type Query struct {
	Reach  Reach
	Tenant string // by name; empty: all
	Text   string // part of a name or tenant, any case
	Cursor string
	Limit  int // 1 to MaxLimit; 0: DefaultLimit
}

// Limits of Query.Limit.
const (
	DefaultLimit = 100
	MaxLimit     = 500
)

// Page is the answer to a Query.
type Page struct {
	Items      []Cluster
	NextCursor string
	Total      int
}

// Create asks for a new cluster.
type Create struct {
	Tenant, Name, Description string
	Labels                    map[string]string
}

// Update changes what is not nil. Labels replaces the whole set.
type Update struct {
	Name, Description *string
	Labels            *map[string]string
}

// Seen is a sign of life of a cluster's agent; Facts is nil where none were reported.
type Seen struct {
	ClusterID string
	At        time.Time
	Facts     *Facts
}

// Store keeps clusters. Its errors carry errs codes where noted.
type Store interface {
	// CreateCluster inserts c, whose Tenant is a name, with its first token. errs.NotFound for an unknown tenant, errs.Conflict for a name
	// that the tenant has already.
	CreateCluster(ctx context.Context, c Cluster, t StoredToken) (Cluster, error)
	// Cluster returns errs.NotFound if there is none.
	Cluster(ctx context.Context, id string) (Cluster, error)
	// FindClusters returns at most limit clusters of this name (and tenant, if not empty) within the reach.
	FindClusters(ctx context.Context, tenant, name string, r Reach, limit int) ([]Cluster, error)
	ListClusters(ctx context.Context, q Query) (Page, error)
	UpdateCluster(ctx context.Context, id string, u Update) (Cluster, error)
	DeleteCluster(ctx context.Context, id string) error
	RevokeCluster(ctx context.Context, id string, at time.Time) (Cluster, error)
	RecordSeen(ctx context.Context, seen []Seen) error
	Enrolments
}

// StoredToken is an enrolment token as it is kept.
type StoredToken struct {
	Hash      []byte // SHA-256 of the plain form
	ClusterID string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedBy    ed25519.PublicKey // nil: unused
}

// Enrolments keeps enrolment tokens.
type Enrolments interface {
	// ReplaceToken makes t the cluster's only token that is not used yet.
	ReplaceToken(ctx context.Context, t StoredToken) error
	// UseToken finds the token of this hash, asks decide with it, and, if decide has no error, marks it used by key and gives
	// the cluster that key, in one transaction in which no other UseToken of the token runs. errs.NotFound for an unknown
	// hash.
	UseToken(ctx context.Context, hash []byte, key ed25519.PublicKey, at time.Time, decide func(StoredToken) error) (Cluster, error)
}

const (
	maxLabels      = 64
	maxDescription = 1024
)

func checkName(name string) error {
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		return errs.New(errs.Invalid, "The name %.80q will not do: use 1 to 63 lower-case letters, digits and dashes, starting and ending with a letter or digit.", name)
	}
	return nil
}

func checkDescription(text string) error {
	if len(text) > maxDescription {
		return errs.New(errs.Invalid, "The description has %d bytes; at most %d are kept.", len(text), maxDescription)
	}
	return nil
}

func checkLabels(labels map[string]string) error {
	if len(labels) > maxLabels {
		return errs.New(errs.Invalid, "There are %d labels; at most %d are kept.", len(labels), maxLabels)
	}
	for key, value := range labels {
		if problems := validation.IsQualifiedName(key); len(problems) > 0 {
			return errs.New(errs.Invalid, "The label key %.80q will not do: %s.", key, problems[0])
		}
		if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
			return errs.New(errs.Invalid, "The value %.80q of label %s will not do: %s.", value, key, problems[0])
		}
	}
	return nil
}
