package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/version"
)

// status is what `fairlead status` says.
type status struct {
	Hub              string    `json:"hub"`
	HubVersion       string    `json:"hubVersion"`
	Email            string    `json:"email"`
	Role             string    `json:"role"`
	SessionExpiresAt time.Time `json:"sessionExpiresAt"`
	Clusters         int       `json:"clusters"`
	Connected        int       `json:"connected"`
}

func newStatus(env *environment) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "status", Short: "Who is signed in where, and how the fleet is", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			hub, err := s.Hub(cmd.Context())
			if err != nil {
				return err
			}
			me, err := s.Me(cmd.Context())
			if err != nil {
				return err
			}
			kept, err := s.tokens.Load()
			if err != nil {
				return err
			}
			out := status{Hub: s.hub.URL, HubVersion: hub.Version, Email: me.Email, Role: me.Role, SessionExpiresAt: kept.SessionExpiresAt}
			for c, err := range s.Clusters(cmd.Context(), clusterQuery{}) {
				if err != nil {
					return err
				}
				out.Clusters++
				if c.Link.State == api.LinkConnected || c.Link.State == api.LinkDegraded {
					out.Connected++
				}
			}
			return env.print(output, out, func(w *table) {
				w.row("Hub", fmt.Sprintf("%s (version %s)", out.Hub, out.HubVersion))
				w.row("Signed in", fmt.Sprintf("%s (%s), until %s unless used", out.Email, out.Role, out.SessionExpiresAt.Local().Format("2006-01-02 15:04")))
				w.row("Clusters", fmt.Sprintf("%d of %d connected", out.Connected, out.Clusters))
			})
		},
	}
	addOutput(cmd, &output)
	return cmd
}

// versions is what `fairlead version` says.
type versions struct {
	Client   string `json:"client"`
	Commit   string `json:"commit"`
	Protocol int    `json:"protocol"`
	Hub      string `json:"hub,omitempty"`
}

func newVersion(env *environment) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "version", Short: "Versions of this program and of the hub", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := versions{Client: version.Number(), Commit: version.Commit(), Protocol: version.Protocol}
			if s, err := env.connect(); err == nil {
				if hub, err := s.Hub(cmd.Context()); err == nil {
					out.Hub = hub.Version
				}
			}
			return env.print(output, out, func(w *table) {
				w.row("Client", fmt.Sprintf("%s (commit %s, tunnel protocol %d)", out.Client, out.Commit, out.Protocol))
				if out.Hub != "" {
					w.row("Hub", out.Hub)
				} else {
					w.row("Hub", "not signed in, or it does not answer")
				}
			})
		},
	}
	addOutput(cmd, &output)
	return cmd
}
