// Package relay owns the gRPC service that the agent offers its hub over tunnel streams of kind "relay": small typed
// calls. Bytes in bulk have streams of their own.
package relay

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fairlead/fairlead/agent/internal/bindings"
	"github.com/fairlead/fairlead/agent/internal/ceiling"
	"github.com/fairlead/fairlead/agent/internal/facts"
	"github.com/fairlead/fairlead/shared/errs"
	relayv1 "github.com/fairlead/fairlead/shared/proto/fairlead/relay/v1"
	"github.com/fairlead/fairlead/shared/version"
)

// factsEvery is how often the cluster is looked at for changed facts.
const factsEvery = 30 * time.Second

// maxMessage bounds what a hub may send in one call, in bytes.
const maxMessage = 1 << 20

// Options is what a Server needs.
type Options struct {
	HubID   string
	Facts   *facts.Reader
	Binder  *bindings.Binder
	Ceiling *ceiling.Ceiling
	Logger  *slog.Logger
}

// Server implements the Relay service for one link.
type Server struct {
	relayv1.UnimplementedRelayServer
	o Options
}

// NewServer returns a gRPC server with the Relay service on it.
func NewServer(o Options) *grpc.Server {
	s := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(64), grpc.ConnectionTimeout(10*time.Second))
	relayv1.RegisterRelayServer(s, &Server{o: o})
	return s
}

// Facts sends what the cluster is, once and then on each change.
func (s *Server) Facts(_ *relayv1.FactsRequest, stream grpc.ServerStreamingServer[relayv1.FactsResponse]) error {
	tick := time.NewTicker(factsEvery)
	defer tick.Stop()
	var last facts.Facts
	for first := true; ; {
		now, err := s.o.Facts.Read(stream.Context())
		switch {
		case err != nil:
			s.o.Logger.Warn("facts could not be read", "error", err)
		case first || now != last:
			if err := stream.Send(s.response(now)); err != nil {
				return err
			}
			first, last = false, now
		}
		select {
		case <-stream.Context().Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) response(f facts.Facts) *relayv1.FactsResponse {
	return &relayv1.FactsResponse{
		KubernetesVersion: f.KubernetesVersion, AgentVersion: version.Number(), Provider: f.Provider, Region: f.Region,
		Nodes: int32(f.Nodes), NodesReady: int32(f.NodesReady),
		CpuMillis: f.CPUMillis, MemoryBytes: f.MemoryBytes, PodCapacity: f.PodCapacity,
		CeilingPreset: string(s.o.Ceiling.Preset()), CeilingSecrets: string(s.o.Ceiling.Secrets()),
		ReportedAt: timestamppb.Now(),
	}
}

// Bind makes the cluster's bindings be those for the groups in use.
func (s *Server) Bind(ctx context.Context, in *relayv1.BindRequest) (*relayv1.BindResponse, error) {
	bound, above, err := s.o.Binder.Sync(ctx, s.o.HubID, in.GetGroups())
	if err != nil {
		s.o.Logger.Error("groups could not be bound", "error", err)
		return nil, errs.ToGRPC(err)
	}
	return &relayv1.BindResponse{Bound: bound, AboveCeiling: above}, nil
}
