package api

import "time"

// LinkState says whether the hub has a live link to a cluster's agent.
type LinkState string

// The link states, as every surface names them.
const (
	LinkPending      LinkState = "pending"      // never connected yet
	LinkConnected    LinkState = "connected"    // live
	LinkDegraded     LinkState = "degraded"     // live, but a part is missing or late; Reason says which
	LinkDisconnected LinkState = "disconnected" // was connected once; see LastSeenAt
	LinkClosed       LinkState = "closed"       // shut by the cluster's owner
	LinkRevoked      LinkState = "revoked"      // its key no longer opens anything
)

// Link is the live state of one cluster's tunnel.
type Link struct {
	State       LinkState  `json:"state" enum:"pending,connected,degraded,disconnected,closed,revoked" doc:"Whether the hub has a live link to the cluster's agent."`
	Reason      string     `json:"reason,omitempty" doc:"Why the state is what it is, in words."`
	Since       time.Time  `json:"since" doc:"When the state began."`
	LastSeenAt  *time.Time `json:"lastSeenAt,omitempty" doc:"When the agent was last heard."`
	RTTMillis   float64    `json:"rttMillis,omitempty" doc:"Round-trip time of the last heartbeat, in milliseconds."`
	SkewSeconds float64    `json:"skewSeconds,omitempty" doc:"The agent's clock minus the hub's, in seconds."`
}

// Facts is what an agent reports of its cluster. It is the agent's word, bounded in size, and shown as such.
type Facts struct {
	KubernetesVersion string    `json:"kubernetesVersion,omitempty" example:"v1.36.3"`
	AgentVersion      string    `json:"agentVersion,omitempty"`
	Provider          string    `json:"provider,omitempty" doc:"Cloud or distribution, guessed from node provider ids and labels." example:"hetzner"`
	Region            string    `json:"region,omitempty" doc:"Most frequent topology.kubernetes.io/region among the nodes."`
	Nodes             int       `json:"nodes" doc:"Number of nodes."`
	NodesReady        int       `json:"nodesReady" doc:"Number of nodes whose Ready condition is True."`
	CPUMillis         int64     `json:"cpuMillis" doc:"Allocatable CPU of all nodes, in thousandths of a core."`
	MemoryBytes       int64     `json:"memoryBytes" doc:"Allocatable memory of all nodes, in bytes."`
	PodCapacity       int64     `json:"podCapacity" doc:"Allocatable pods of all nodes."`
	CeilingPreset     string    `json:"ceilingPreset,omitempty" enum:"view,operate,admin" doc:"The highest role that the cluster's owner accepts."`
	CeilingSecrets    string    `json:"ceilingSecrets,omitempty" enum:"refuse,allow" doc:"Whether Secrets may pass at all."`
	ReportedAt        time.Time `json:"reportedAt" doc:"When the agent reported this."`
}

// Cluster is a managed cluster as the API shows it.
type Cluster struct {
	ID          string            `json:"id" example:"c_3q9f6t2m8xk4" doc:"Opaque, stable id; it is also the audience of the cluster's tokens."`
	Tenant      string            `json:"tenant" doc:"Name of the customer that the cluster belongs to." example:"default"`
	Name        string            `json:"name" doc:"Unique within its tenant." example:"acme-prod"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels"`
	CreatedAt   time.Time         `json:"createdAt"`
	EnrolledAt  *time.Time        `json:"enrolledAt,omitempty" doc:"When the agent first signed in."`
	RevokedAt   *time.Time        `json:"revokedAt,omitempty"`
	Link        Link              `json:"link"`
	Facts       *Facts            `json:"facts,omitempty"`
}

// ClusterList is one page of clusters.
type ClusterList struct {
	Items      []Cluster `json:"items"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"Pass as ?cursor= to get the next page; absent on the last."`
	Total      int       `json:"total" doc:"How many clusters match in all."`
}

// CreateCluster asks for a new cluster, in state pending, with its first enrolment token.
type CreateCluster struct {
	Name        string            `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" doc:"Lower-case letters, digits and dashes."`
	Tenant      string            `json:"tenant,omitempty" doc:"Customer; default: \"default\"."`
	Description string            `json:"description,omitempty" maxLength:"1024"`
	Labels      map[string]string `json:"labels,omitempty" doc:"Kubernetes label syntax; at most 64."`
}

// UpdateCluster changes what is given and leaves the rest. Labels replaces the whole set.
type UpdateCluster struct {
	Name        *string            `json:"name,omitempty" minLength:"1" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
	Description *string            `json:"description,omitempty" maxLength:"1024"`
	Labels      *map[string]string `json:"labels,omitempty"`
}

// Enrolment is what installs an agent: a single-use token, shown once, and the commands that use it.
type Enrolment struct {
	Token        string    `json:"token" doc:"Single use; shown once; only its hash is kept."`
	ExpiresAt    time.Time `json:"expiresAt"`
	HubURL       string    `json:"hubURL" doc:"What the agent dials (hub.url)."`
	CASHA256     string    `json:"caSHA256,omitempty" doc:"SHA-256 of the hub's CA certificate (DER), hex (hub.caSHA256)."`
	KeySHA256    string    `json:"keySHA256" doc:"SHA-256 of the hub's assertion key, hex (hub.keySHA256)."`
	ChartVersion string    `json:"chartVersion"`
	Commands     []string  `json:"commands" doc:"Shell lines to run, in order, with kubectl's context on the cluster."`
}

// CreatedCluster is a new cluster with its first enrolment token.
type CreatedCluster struct {
	Cluster   Cluster   `json:"cluster"`
	Enrolment Enrolment `json:"enrolment"`
}

// ClusterEvent is one server-sent event of /api/v1/clusters/events.
type ClusterEvent struct {
	Type    string   `json:"type" enum:"upsert,delete" doc:"What happened."`
	ID      string   `json:"id" doc:"The cluster's id."`
	Cluster *Cluster `json:"cluster,omitempty" doc:"The cluster after the change (upsert)."`
}
