package link

import (
	"context"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fairlead/fairlead/hub/internal/cluster"
	relayv1 "github.com/fairlead/fairlead/shared/proto/fairlead/relay/v1"
	"github.com/fairlead/fairlead/shared/tunnel"
)

const (
	maxRelayMessage = 1 << 20
	relayRetry      = 5 * time.Second
)

// startRelay listens to the agent's facts and tells it which groups are in use, for as long as the link lives. The
// returned func ends that and waits.
func (r *Registry) startRelay(link *Link, log *slog.Logger) (stop func()) {
	// The stream is already inside the tunnel's TLS, and its peer is known.
	conn, err := grpc.NewClient("passthrough:///agent",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return link.OpenStream(ctx, tunnel.KindRelay, tunnel.Interactive)
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxRelayMessage)))
	if err != nil {
		log.Error("relay client could not start", "error", err)
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		client := relayv1.NewRelayClient(conn)
		for ctx.Err() == nil {
			if err := r.relay(ctx, client, link, log); err != nil && ctx.Err() == nil {
				log.Debug("relay ended", "error", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(relayRetry):
			}
		}
	}()
	return func() {
		cancel()
		conn.Close()
		<-finished
	}
}

func (r *Registry) relay(ctx context.Context, client relayv1.RelayClient, link *Link, log *slog.Logger) error {
	bound, err := client.Bind(ctx, &relayv1.BindRequest{Groups: r.o.Groups})
	if err != nil {
		return err
	}
	log.Debug("groups bound", "bound", bound.GetBound(), "above_ceiling", bound.GetAboveCeiling())
	stream, err := client.Facts(ctx, &relayv1.FactsRequest{})
	if err != nil {
		return err
	}
	for {
		reported, err := stream.Recv()
		if err != nil {
			return err
		}
		facts := factsOf(reported, r.o.Now())
		r.mu.Lock()
		if e := r.entries[link.clusterID]; e != nil && e.link == link {
			e.facts = facts
		}
		r.mu.Unlock()
		r.record(ctx, []cluster.Seen{{ClusterID: link.clusterID, At: r.o.Now(), Facts: facts}})
		r.events.publish(link.clusterID)
		// An agent that reports without pause is heard once a second; gRPC's window holds the rest at its end.
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// factsOf takes an agent's word, bounded; the time of the report is the hub's.
func factsOf(f *relayv1.FactsResponse, now time.Time) *cluster.Facts {
	facts := cluster.Facts{
		KubernetesVersion: f.GetKubernetesVersion(), AgentVersion: f.GetAgentVersion(),
		Provider: f.GetProvider(), Region: f.GetRegion(),
		Nodes: int(f.GetNodes()), NodesReady: int(f.GetNodesReady()),
		CPUMillis: f.GetCpuMillis(), MemoryBytes: f.GetMemoryBytes(), PodCapacity: f.GetPodCapacity(),
		CeilingPreset: f.GetCeilingPreset(), CeilingSecrets: f.GetCeilingSecrets(),
		ReportedAt: now,
	}
	facts = facts.Bounded()
	return &facts
}
