package rest

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead/fairlead/shared/api"
)

// Description returns the API's OpenAPI 3.1 document, JSON, without a running hub.
func Description() ([]byte, error) {
	s, err := New(Options{
		Clusters: struct{ Clusters }{}, Sessions: struct{ Sessions }{}, Users: struct{ Users }{}, Access: struct{ Access }{}, Links: struct{ Links }{},
		Ready: func(context.Context) error { return nil }, Hub: api.Hub{URL: "https://hub.example"},
		Console: embed.FS{}, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(), Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return s.OpenAPI()
}
