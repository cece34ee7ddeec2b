// Command fairlead-agent runs in a managed cluster, dials its hub and serves what the hub asks, within the ceiling that
// the cluster's owner set. It listens on nothing but its pod's health port.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/fairlead/fairlead/agent/app"
	"github.com/fairlead/fairlead/shared/version"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead-agent:", err)
		os.Exit(1)
	}
}

func run() error {
	var o app.Options
	var level slog.Level
	flag.StringVar(&o.HubURL, "hub-url", "", "the hub's address, https://host[:port]")
	flag.StringVar(&o.HubTrust, "hub-trust", "pin", "what makes the hub's certificate good: pin, caBundle or system")
	flag.StringVar(&o.HubCASHA256, "hub-ca-sha256", "", "with pin: SHA-256 of the hub's CA certificate (DER), hex")
	flag.StringVar(&o.HubCAFile, "hub-ca-file", "", "with caBundle: file of CA certificates, PEM")
	flag.StringVar(&o.HubKeySHA256, "hub-key-sha256", "", "SHA-256 of the hub's assertion key, hex")
	flag.StringVar(&o.EnrolTokenFile, "enrol-token-file", "/etc/fairlead/enrol/token", "file of the enrolment token; may be missing once enrolled")
	flag.StringVar(&o.IdentitySecret, "identity-secret", "fairlead-agent-identity", "Secret that keeps the agent's key")
	flag.StringVar(&o.Namespace, "namespace", "", "the agent's own namespace")
	flag.StringVar(&o.CeilingPreset, "ceiling-preset", "view", "highest role that the cluster accepts: view, operate or admin")
	flag.StringVar(&o.CeilingSecrets, "ceiling-secrets", "refuse", "whether Secrets may pass: refuse or allow")
	flag.StringVar(&o.ListenHealth, "listen-health", ":8081", "address of liveness, readiness and metrics")
	flag.TextVar(&level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Number())
		return nil
	}
	o.Logger = slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	agent, err := app.New(o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return agent.Run(ctx)
}
