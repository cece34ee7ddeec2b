package link

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/handshake"
	"github.com/fairlead/fairlead/shared/tunnel"
)

const (
	// retireAfter is how long the streams of a superseded link may go on.
	retireAfter = 30 * time.Second
	// recent is how long after a loss requests still wait for the link's return, and returnWait is how long they do.
	recent     = 15 * time.Second
	returnWait = 5 * time.Second
	// bulkGrace is how long a link may lack its bulk connection before it counts as degraded.
	bulkGrace = 5 * time.Second
	// flushEvery is how often what is live is written down.
	flushEvery = 15 * time.Second
	// maxHandshakes bounds connections that have not proved yet who they are.
	maxHandshakes = 1024
)

// Clusters is what the registry needs of the clusters' service.
type Clusters interface {
	Enrol(ctx context.Context, token string, key ed25519.PublicKey) (cluster.Cluster, error)
	SignIn(ctx context.Context, id string, key ed25519.PublicKey) (cluster.Cluster, error)
	RecordSeen(ctx context.Context, seen []cluster.Seen) error
}

// Options is what a Registry needs.
type Options struct {
	HubID      string
	Key        ed25519.PrivateKey // the assertion key
	Clusters   Clusters
	Groups     []string // the groups in use, which every cluster binds within its ceiling
	Tunnel     tunnel.Options
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Registry knows every live link. Safe for concurrent use.
type Registry struct {
	o          Options
	handshakes chan struct{}
	metrics    metrics
	owned      sync.WaitGroup // one for each connection that is served
	events     broadcaster

	mu      sync.Mutex
	entries map[string]*entry // by cluster id; those that were connected in this process's life
	closing bool
}

// entry is what is known of a cluster's link in this process's life.
type entry struct {
	link   *Link // nil while there is none
	facts  *cluster.Facts
	since  time.Time // of the present state
	seen   time.Time // when the last link was last heard
	reason string    // why there is no link
	back   chan struct{}
	bulk   time.Time // when the bulk connection was lost; zero while it is there
}

// New returns a Registry without links.
func New(o Options) *Registry {
	r := &Registry{o: o, handshakes: make(chan struct{}, maxHandshakes), entries: map[string]*entry{}}
	r.metrics = newMetrics(o.Registerer, r)
	return r
}

// Run writes down at intervals which clusters were heard, until ctx ends; then it drains every link within grace.
func (r *Registry) Run(ctx context.Context, grace time.Duration) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.flush(ctx)
		case <-ctx.Done():
			r.shutdown(grace)
			return nil
		}
	}
}

func (r *Registry) shutdown(grace time.Duration) {
	r.mu.Lock()
	r.closing = true
	var links []*Link
	for _, e := range r.entries {
		if e.link != nil {
			links = append(links, e.link)
		}
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	r.flush(ctx)
	var wait sync.WaitGroup
	for _, l := range links {
		wait.Go(func() { l.drain(ctx) })
	}
	wait.Wait()
	r.owned.Wait()
}

// flush records every live link in one transaction.
func (r *Registry) flush(ctx context.Context) {
	r.mu.Lock()
	seen := make([]cluster.Seen, 0, len(r.entries))
	for id, e := range r.entries {
		if e.link != nil {
			e.seen = e.link.lastHeard()
			seen = append(seen, cluster.Seen{ClusterID: id, At: e.seen})
		}
	}
	r.mu.Unlock()
	r.record(ctx, seen)
}

func (r *Registry) record(ctx context.Context, seen []cluster.Seen) {
	if len(seen) == 0 {
		return
	}
	if err := r.o.Clusters.RecordSeen(ctx, seen); err != nil && ctx.Err() == nil {
		r.o.Logger.Error("link state could not be recorded", "clusters", len(seen), "error", err)
	}
}

// Serve takes one tunnel connection, which it owns, and returns when that has ended.
func (r *Registry) Serve(ctx context.Context, conn net.Conn) {
	r.owned.Add(1)
	defer r.owned.Done()
	defer conn.Close()
	select {
	case r.handshakes <- struct{}{}:
	default:
		r.metrics.refused.WithLabelValues("busy").Inc()
		return
	}
	peer, err := handshake.Hub(ctx, conn, handshake.HubOptions{
		HubID: r.o.HubID, Key: r.o.Key, Authority: authority{r.o.Clusters}, Now: r.o.Now,
	})
	<-r.handshakes
	log := r.o.Logger.With("remote", conn.RemoteAddr().String())
	if err != nil {
		r.metrics.refused.WithLabelValues(string(errs.CodeOf(err))).Inc()
		log.Warn("tunnel connection refused", "error", err)
		return
	}
	log = log.With("cluster", peer.ClusterID, "name", peer.ClusterName, "link", peer.LinkID, "class", peer.Class)
	options := r.o.Tunnel
	options.Class, options.Logger = peer.Class, log
	session, err := tunnel.Open(conn, options)
	if err != nil {
		log.Error("tunnel session could not start", "error", err)
		return
	}
	defer session.Close()
	if peer.Class == tunnel.Bulk {
		r.serveBulk(peer, session, log)
	} else {
		r.serveInteractive(ctx, peer, session, log)
	}
}

// serveInteractive makes a new link current and keeps it so until its connection ends.
func (r *Registry) serveInteractive(ctx context.Context, peer handshake.Peer, session *tunnel.Session, log *slog.Logger) {
	link := newLink(peer.LinkID, peer.ClusterID, peer.AgentVersion, peer.Skew, r.o.Now())
	link.attach(session)
	older, err := r.enter(link)
	if err != nil {
		log.Info("tunnel connection refused", "error", err)
		return
	}
	log.Info("link up", "agent", peer.AgentVersion, "enrolled", peer.Enrolled, "skew", peer.Skew)
	if older != nil {
		log.Info("an older link of the same cluster is superseded", "older", older.id)
		r.owned.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, retireAfter)
			defer cancel()
			older.retire(ctx)
		})
	}
	relay := r.startRelay(link, log)
	select {
	case <-session.Done():
	case <-session.Draining():
		// The agent is going: it dials no new link by itself, and its streams may still end well.
		r.leave(link, "The agent is restarting.")
		<-session.Done()
	}
	relay()
	close(link.done)
	link.close()
	r.leave(link, "The connection was lost.")
	log.Info("link down", "error", session.Err())
	r.record(context.WithoutCancel(ctx), []cluster.Seen{{ClusterID: link.clusterID, At: session.LastHeard()}})
}

func (r *Registry) serveBulk(peer handshake.Peer, session *tunnel.Session, log *slog.Logger) {
	r.mu.Lock()
	e := r.entries[peer.ClusterID]
	if e == nil || e.link == nil || e.link.id != peer.LinkID {
		r.mu.Unlock()
		log.Debug("bulk connection of a link that is not current")
		return
	}
	link := e.link
	replaced := link.attach(session)
	e.bulk = time.Time{}
	r.mu.Unlock()
	r.events.publish(peer.ClusterID)
	if replaced != nil {
		replaced.Close()
	}
	select {
	case <-session.Done():
	case <-link.done:
	}
	link.detach(session)
	r.mu.Lock()
	if e.link == link && link.session(tunnel.Bulk) == nil {
		e.bulk = r.o.Now()
		r.lookLater(peer.ClusterID)
	}
	r.mu.Unlock()
	r.events.publish(peer.ClusterID)
}

// enter makes link the current one of its cluster: newest wins.
func (r *Registry) enter(link *Link) (older *Link, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return nil, errors.New("the hub is shutting down")
	}
	e := r.entries[link.clusterID]
	if e == nil {
		e = &entry{}
		r.entries[link.clusterID] = e
	}
	older = e.link
	e.link, e.since, e.bulk, e.reason = link, link.since, link.since, ""
	if e.back != nil {
		close(e.back)
		e.back = nil
	}
	r.events.publish(link.clusterID)
	r.lookLater(link.clusterID)
	return older, nil
}

// lookLater tells subscribers to look again when a missing bulk connection begins to count.
func (r *Registry) lookLater(id string) {
	time.AfterFunc(bulkGrace+100*time.Millisecond, func() { r.events.publish(id) })
}

// leave forgets link, unless another is current already.
func (r *Registry) leave(link *Link, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entries[link.clusterID]
	if e == nil || e.link != link {
		return
	}
	e.link, e.since, e.seen = nil, r.o.Now(), link.lastHeard()
	if e.reason == "" {
		e.reason = reason
	}
	if e.back == nil {
		e.back = make(chan struct{})
	}
	r.events.publish(link.clusterID)
}

// Link returns the live link of a cluster. A link that was lost moments ago is waited for, so that a short cut costs a
// request a delay and not an error.
//
// Errors: errs.Unavailable if there is none.
func (r *Registry) Link(ctx context.Context, c cluster.Cluster) (*Link, error) {
	r.mu.Lock()
	e := r.entries[c.ID]
	if e != nil && e.link != nil {
		link := e.link
		r.mu.Unlock()
		return link, nil
	}
	var back chan struct{}
	if e != nil && r.o.Now().Sub(e.since) < recent {
		back = e.back
	}
	r.mu.Unlock()
	if back != nil {
		wait := time.NewTimer(returnWait)
		defer wait.Stop()
		select {
		case <-back:
			return r.Link(ctx, c)
		case <-wait.C:
		case <-ctx.Done():
		}
	}
	return nil, r.absent(c)
}

// absent says why there is no link, in words for kubectl's reader.
func (r *Registry) absent(c cluster.Cluster) error {
	name := c.Tenant + "/" + c.Name
	switch status := r.Status(c); {
	case status.State == api.LinkRevoked:
		return errs.New(errs.Unavailable, "Cluster %s is revoked: its agent's key opens nothing. Enrol it anew to use it again.", name)
	case status.State == api.LinkPending:
		return errs.New(errs.Unavailable, "Cluster %s has not connected yet: install its agent with the command that `fairlead clusters token %s` prints.", name, name)
	case status.LastSeenAt != nil:
		return errs.New(errs.Unavailable, "Cluster %s is not connected: its agent was last heard %s ago, at %s. Look at the agent's pod in that cluster and at the way from there to this hub.",
			name, roughly(r.o.Now().Sub(*status.LastSeenAt)), status.LastSeenAt.UTC().Format(time.RFC3339))
	default:
		return errs.New(errs.Unavailable, "Cluster %s is not connected.", name)
	}
}

func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// Close cuts the live link of a cluster at once, with every stream on it; a cluster without one is fine.
func (r *Registry) Close(id, reason string) {
	r.mu.Lock()
	var link *Link
	if e := r.entries[id]; e != nil && e.link != nil {
		link = e.link
		e.reason = reason
	}
	r.mu.Unlock()
	if link != nil {
		link.close()
	}
	r.events.publish(id)
}

// Changed tells subscribers to look at a cluster again.
func (r *Registry) Changed(id string, deleted bool) {
	if deleted {
		r.mu.Lock()
		delete(r.entries, id)
		r.mu.Unlock()
	}
	r.events.publish(id)
}

// Subscribe returns the ids of clusters to look at again, until cancel is called. A subscriber that falls behind gets
// Resync once instead of what it missed.
func (r *Registry) Subscribe() (events <-chan Event, cancel func()) { return r.events.subscribe() }

// authority speaks the handshake's words to the clusters' service.
type authority struct{ clusters Clusters }

func (a authority) Enrol(ctx context.Context, token string, key ed25519.PublicKey) (handshake.Admitted, error) {
	return admitted(a.clusters.Enrol(ctx, token, key))
}

func (a authority) SignIn(ctx context.Context, id string, key ed25519.PublicKey) (handshake.Admitted, error) {
	return admitted(a.clusters.SignIn(ctx, id, key))
}

func admitted(c cluster.Cluster, err error) (handshake.Admitted, error) {
	return handshake.Admitted{ClusterID: c.ID, ClusterName: c.Tenant + "/" + c.Name}, err
}
