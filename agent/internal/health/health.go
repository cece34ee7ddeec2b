// Package health owns the agent's only listener: liveness, readiness and metrics for the cluster it runs in.
package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fairlead/fairlead/shared/tunnel"
)

// Server answers /healthz (the process answers), /readyz (there is a link with the hub) and /metrics.
type Server struct {
	address string
	server  *http.Server
	link    atomic.Pointer[tunnel.Session]
	logger  *slog.Logger
}

// New returns a Server for address; registry gets the process's and the link's metrics.
func New(address string, registry *prometheus.Registry, logger *slog.Logger) *Server {
	s := &Server{address: address, logger: logger}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fairlead_agent_connected", Help: "1 while there is a link with the hub."}, func() float64 {
			if s.link.Load() != nil {
				return 1
			}
			return 0
		}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.link.Load() == nil {
			http.Error(w, "no link with the hub; the log says why", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: 16 << 10,
	}
	return s
}

// SetLink says which session is live; nil: none.
func (s *Server) SetLink(session *tunnel.Session) { s.link.Store(session) }

// Run listens until ctx ends. An empty address listens nowhere.
func (s *Server) Run(ctx context.Context) error {
	if s.address == "" {
		<-ctx.Done()
		return nil
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("listen for health checks: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { s.server.Close() })
	defer stop()
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve health checks: %w", err)
	}
	return nil
}
