// Command fairlead-hub is the hub: one binary, one public port, SQLite inside unless it is given PostgreSQL.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/fairlead/fairlead/charts"
	"github.com/fairlead/fairlead/hub/app"
	"github.com/fairlead/fairlead/shared/version"
	"github.com/fairlead/fairlead/web"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead-hub:", err)
		os.Exit(1)
	}
}

func run() error {
	var o app.Options
	var level slog.Level
	flag.StringVar(&o.DataDir, "data-dir", "/var/lib/fairlead", "keys, CA and the SQLite file")
	flag.StringVar(&o.KeysDir, "keys-dir", "", "signing keys and hub id (default: keys in the data directory)")
	flag.StringVar(&o.Database, "database", os.Getenv("FAIRLEAD_DATABASE"), "postgres://… or the path of a SQLite file (default: fairlead.db in the data directory); better by FAIRLEAD_DATABASE")
	flag.StringVar(&o.Listen.Shared, "listen", ":8443", "the public TLS address of everything that has no address of its own")
	flag.StringVar(&o.Listen.Console, "listen-console", "", "an address for the console, the API and the chart alone")
	flag.StringVar(&o.Listen.Kube, "listen-kube", "", "an address for the clusters' Kubernetes endpoints alone")
	flag.StringVar(&o.Listen.Tunnel, "listen-tunnel", "", "an address for agents alone")
	flag.StringVar(&o.ListenMetrics, "listen-metrics", "127.0.0.1:9090", "address of metrics and health, not for the public; empty: none")
	flag.StringVar(&o.PublicURL, "public-url", "https://localhost:8443", "how people and agents reach this hub")
	flag.StringVar(&o.AgentURL, "agent-url", "", "where agents dial, if that is another address than the public URL")
	flag.StringVar(&o.TLSCert, "tls-cert", "", "certificate chain, PEM; default: made by the hub's own CA")
	flag.StringVar(&o.TLSKey, "tls-key", "", "key of the certificate, PEM")
	flag.Func("tls-san", "further name or address in the self-made certificate (repeatable)", appendTo(&o.TLSNames))
	flag.Func("origin", "further origin of the console's pages, https://host[:port] (repeatable)", appendTo(&o.Origins))
	flag.Func("trusted-proxy", "network of proxies whose X-Forwarded-For is believed, CIDR (repeatable)", func(v string) error {
		prefix, err := netip.ParsePrefix(v)
		o.TrustedProxies = append(o.TrustedProxies, prefix)
		return err
	})
	flag.StringVar(&o.AgentImage, "agent-image", "", "image of the agent for the install command, repository[:tag]")
	flag.StringVar(&o.AdminEmail, "admin-email", envOr("FAIRLEAD_ADMIN_EMAIL", "admin@localhost"), "first admin, made on first start; password from FAIRLEAD_ADMIN_PASSWORD, or generated and printed once")
	flag.DurationVar(&o.Grace, "grace", 0, "how long streams may go on when the hub stops (default 20s)")
	flag.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Number())
		return nil
	}
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", strings.Join(flag.Args(), " "))
	}
	o.AdminPassword = os.Getenv("FAIRLEAD_ADMIN_PASSWORD")
	o.Logger = slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	o.Console, o.Chart = web.FS(), charts.Agent()
	o.FirstAdmin = func(email, password string) {
		// To the terminal, not to the log: it is shown this once.
		fmt.Printf("First sign-in: %s\nPassword (shown once): %s\n", email, password)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	hub, err := app.New(ctx, o)
	if err != nil {
		return err
	}
	return hub.Run(ctx)
}

func appendTo(list *[]string) func(string) error {
	return func(v string) error {
		*list = append(*list, v)
		return nil
	}
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
