package link

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// Status returns the state of a cluster's link, from what is live here and, where nothing is, from the stored record c.
func (r *Registry) Status(c cluster.Cluster) api.Link {
	if c.RevokedAt != nil {
		return api.Link{State: api.LinkRevoked, Reason: "Its key was revoked.", Since: *c.RevokedAt, LastSeenAt: c.LastSeenAt}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.entries[c.ID]
	switch {
	case e != nil && e.link != nil:
		return r.live(e)
	case e != nil && !e.since.IsZero():
		seen := e.seen
		return api.Link{State: api.LinkDisconnected, Reason: e.reason, Since: e.since, LastSeenAt: &seen}
	case c.LastSeenAt != nil:
		return api.Link{State: api.LinkDisconnected, Reason: "Its agent has not signed in since the hub started.", Since: *c.LastSeenAt, LastSeenAt: c.LastSeenAt}
	default:
		return api.Link{State: api.LinkPending, Reason: "Its agent has never signed in.", Since: c.CreatedAt}
	}
}

func (r *Registry) live(e *entry) api.Link {
	seen := e.link.lastHeard()
	status := api.Link{State: api.LinkConnected, Since: e.since, LastSeenAt: &seen, SkewSeconds: e.link.skew.Seconds()}
	if session := e.link.session(tunnel.Interactive); session != nil {
		status.RTTMillis = float64(session.RTT()) / float64(time.Millisecond)
	}
	if !e.bulk.IsZero() && r.o.Now().Sub(e.bulk) > bulkGrace {
		status.State = api.LinkDegraded
		status.Reason = "The connection for bulk transfers is missing; they share the interactive one."
	}
	return status
}

// Facts returns what the cluster's agent reported last in this process's life, or nil.
func (r *Registry) Facts(id string) *cluster.Facts {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.entries[id]; e != nil {
		return e.facts
	}
	return nil
}

type metrics struct {
	refused *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer, r *Registry) metrics {
	m := metrics{refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fairlead_hub_tunnel_refused_total", Help: "Tunnel connections that were refused, by kind of reason.",
	}, []string{"reason"})}
	live := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "fairlead_hub_links", Help: "Clusters with a live link.",
	}, func() float64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		n := 0
		for _, e := range r.entries {
			if e.link != nil {
				n++
			}
		}
		return float64(n)
	})
	streams := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "fairlead_hub_streams", Help: "Streams open over all links, pooled ones included.",
	}, func() float64 {
		n := 0
		for _, l := range r.links() {
			n += l.streams()
		}
		return float64(n)
	})
	reg.MustRegister(m.refused, live, streams)
	return m
}

func (r *Registry) links() []*Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := make([]*Link, 0, len(r.entries))
	for _, e := range r.entries {
		if e.link != nil {
			links = append(links, e.link)
		}
	}
	return links
}
