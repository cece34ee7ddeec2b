package command

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead/fairlead/shared/api"
	"github.com/fairlead/fairlead/shared/client"
	"github.com/fairlead/fairlead/shared/errs"
)

type clusterQuery = client.ClusterQuery

func newClusters(env *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "clusters", Aliases: []string{"cluster"}, Short: "Add, list and change clusters",
		Long: "Add, list and change clusters. A cluster is named by its id, its name, or tenant/name.",
	}
	cmd.AddCommand(newClustersList(env), newClustersGet(env), newClustersAdd(env), newClustersToken(env), newClustersRename(env),
		newClustersLabel(env), newClustersRevoke(env), newClustersRemove(env))
	return cmd
}

func newClustersList(env *environment) *cobra.Command {
	var output string
	var q clusterQuery
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the clusters that you reach", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			clusters := []api.Cluster{}
			for c, err := range s.Clusters(cmd.Context(), q) {
				if err != nil {
					return err
				}
				clusters = append(clusters, c)
			}
			return env.print(output, clusters, func(t *table) { drawClusters(t, clusters) })
		},
	}
	cmd.Flags().StringVarP(&q.Text, "query", "q", "", "part of a name or tenant")
	cmd.Flags().StringVar(&q.Tenant, "tenant", "", "clusters of this customer only")
	addOutput(cmd, &output)
	return cmd
}

func drawClusters(t *table, clusters []api.Cluster) {
	head := []string{"TENANT", "NAME", "LINK", "KUBERNETES", "NODES", "CEILING", "LAST SEEN"}
	if t.wide {
		head = append(head, "AGENT", "PROVIDER", "REGION", "RTT", "ID", "LABELS")
	}
	t.row(head...)
	now := time.Now()
	for _, c := range clusters {
		f := c.Facts
		if f == nil {
			f = &api.Facts{}
		}
		nodes := "-"
		if c.Facts != nil {
			nodes = fmt.Sprintf("%d/%d", f.NodesReady, f.Nodes)
		}
		row := []string{c.Tenant, c.Name, string(c.Link.State), orDash(f.KubernetesVersion), nodes, orDash(f.CeilingPreset), age(c.Link.LastSeenAt, now)}
		if t.wide {
			row = append(row, orDash(f.AgentVersion), orDash(f.Provider), orDash(f.Region), fmt.Sprintf("%.1fms", c.Link.RTTMillis), c.ID, orDash(labelText(c.Labels)))
		}
		t.row(row...)
	}
}

func labelText(labels map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, ",")
}

func newClustersGet(env *environment) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "get NAME", Short: "Show one cluster", Args: exactly(1), ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			c, err := s.Cluster(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return env.print(output, c, func(t *table) { drawCluster(t, c) })
		},
	}
	addOutput(cmd, &output)
	return cmd
}

func drawCluster(t *table, c api.Cluster) {
	now := time.Now()
	t.row("Name", c.Tenant+"/"+c.Name)
	t.row("Id", c.ID)
	if c.Description != "" {
		t.row("Description", c.Description)
	}
	t.row("Labels", orDash(labelText(c.Labels)))
	link := fmt.Sprintf("%s since %s", c.Link.State, c.Link.Since.Local().Format("2006-01-02 15:04:05"))
	if c.Link.Reason != "" {
		link += ": " + c.Link.Reason
	}
	t.row("Link", link)
	t.row("Last seen", age(c.Link.LastSeenAt, now)+" ago")
	if skew := time.Duration(c.Link.SkewSeconds * float64(time.Second)); skew.Abs() > time.Second {
		t.row("Clock", fmt.Sprintf("%s off the hub's; compensated", skew.Round(time.Second)))
	}
	if f := c.Facts; f != nil {
		t.row("Kubernetes", orDash(f.KubernetesVersion))
		t.row("Agent", orDash(f.AgentVersion))
		t.row("Where", orDash(strings.Trim(f.Provider+" "+f.Region, " ")))
		t.row("Nodes", fmt.Sprintf("%d of %d ready", f.NodesReady, f.Nodes))
		t.row("Capacity", fmt.Sprintf("%.1f cores, %.1f GiB, %d pods", float64(f.CPUMillis)/1000, float64(f.MemoryBytes)/(1<<30), f.PodCapacity))
		t.row("Ceiling", fmt.Sprintf("%s, Secrets: %s", orDash(f.CeilingPreset), orDash(f.CeilingSecrets)))
		t.row("Reported", age(&f.ReportedAt, now)+" ago")
	}
}

func newClustersAdd(env *environment) *cobra.Command {
	var output string
	var in api.CreateCluster
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a cluster and print the commands that install its agent",
		Long: "Add a cluster and print the commands that install its agent. They hold a token that works once, for an hour.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			in.Name = args[0]
			created, err := s.CreateCluster(cmd.Context(), in)
			if err != nil {
				return err
			}
			return env.print(output, created, func(*table) {
				fmt.Fprintf(env.Out, "Added %s/%s.\n\n", created.Cluster.Tenant, created.Cluster.Name)
				env.printEnrolment(created.Enrolment)
			})
		},
	}
	cmd.Flags().StringVar(&in.Tenant, "tenant", "", "customer that the cluster belongs to (default \"default\")")
	cmd.Flags().StringVar(&in.Description, "description", "", "what people should know of it")
	cmd.Flags().StringToStringVarP(&in.Labels, "label", "l", nil, "labels, key=value")
	addOutput(cmd, &output)
	return cmd
}

func (e *environment) printEnrolment(enrolment api.Enrolment) {
	fmt.Fprintf(e.Out, "Run this with kubectl's context on the cluster. The token works once, until %s.\n\n", enrolment.ExpiresAt.Local().Format("2006-01-02 15:04"))
	for _, line := range enrolment.Commands {
		fmt.Fprintln(e.Out, line)
	}
	fmt.Fprintf(e.Out, "\nThe ceiling is \"view\" unless you add --set ceiling.preset=operate or admin; helm through the hub also needs --set ceiling.secrets=allow.\n")
}

func newClustersToken(env *environment) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "token NAME", Short: "Make a new enrolment token, in place of unused ones", Args: exactly(1), ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			enrolment, err := s.NewEnrolment(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return env.print(output, enrolment, func(*table) { env.printEnrolment(enrolment) })
		},
	}
	addOutput(cmd, &output)
	return cmd
}

func newClustersRename(env *environment) *cobra.Command {
	return &cobra.Command{
		Use: "rename NAME NEW-NAME", Short: "Rename a cluster; its id, history and tokens stay", Args: exactly(2), ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			c, err := s.UpdateCluster(cmd.Context(), args[0], api.UpdateCluster{Name: &args[1]})
			if err != nil {
				return err
			}
			fmt.Fprintf(env.Out, "%s is now %s/%s.\n", args[0], c.Tenant, c.Name)
			return nil
		},
	}
}

func newClustersLabel(env *environment) *cobra.Command {
	return &cobra.Command{
		Use: "label NAME KEY=VALUE... KEY-...", Short: "Set labels, and take them off with a dash behind the key",
		Example: "  fairlead clusters label acme-prod env=production region-", Args: cobra.MinimumNArgs(2), ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			c, err := s.Cluster(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			labels := maps.Clone(c.Labels)
			if labels == nil {
				labels = map[string]string{}
			}
			for _, arg := range args[1:] {
				if key, off := strings.CutSuffix(arg, "-"); off && !strings.Contains(arg, "=") {
					delete(labels, key)
				} else if key, value, ok := strings.Cut(arg, "="); ok {
					labels[key] = value
				} else {
					return usagef("label %q: KEY=VALUE or KEY- is needed", arg)
				}
			}
			if c, err = s.UpdateCluster(cmd.Context(), c.ID, api.UpdateCluster{Labels: &labels}); err != nil {
				return err
			}
			fmt.Fprintf(env.Out, "%s/%s: %s\n", c.Tenant, c.Name, orDash(labelText(c.Labels)))
			return nil
		},
	}
}

func newClustersRevoke(env *environment) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "revoke NAME", Short: "Make the agent's key worthless and cut its link, at once", Args: exactly(1), ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.destructive(cmd, args[0], yes, "Its agent is cut off at once. A new enrolment token brings it back.", func(s *session, c api.Cluster) (string, error) {
				_, err := s.RevokeCluster(cmd.Context(), c.ID)
				return "revoked", err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func newClustersRemove(env *environment) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm"}, Short: "Remove a cluster from the hub and cut its link", Args: exactly(1), ValidArgsFunction: env.completeClusters,
		Long: "Remove a cluster from the hub and cut its link. Nothing is changed in the cluster: uninstall the agent there with `helm uninstall fairlead-agent --namespace fairlead`.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.destructive(cmd, args[0], yes, "The hub forgets it. Nothing is changed in the cluster itself.", func(s *session, c api.Cluster) (string, error) {
				return "removed", s.DeleteCluster(cmd.Context(), c.ID)
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// destructive asks for the cluster's name before it does what cannot be undone.
func (e *environment) destructive(cmd *cobra.Command, ref string, yes bool, consequence string, do func(*session, api.Cluster) (string, error)) error {
	s, err := e.connect()
	if err != nil {
		return err
	}
	c, err := s.Cluster(cmd.Context(), ref)
	if err != nil {
		return err
	}
	if !yes {
		fmt.Fprintf(e.Err, "%s/%s: %s\nType the cluster's name to go on: ", c.Tenant, c.Name, consequence)
		line, _ := bufio.NewReader(e.In).ReadString('\n')
		if strings.TrimSpace(line) != c.Name {
			return errs.New(errs.Invalid, "That is not its name; nothing was done.")
		}
	}
	done, err := do(s, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "%s/%s is %s.\n", c.Tenant, c.Name, done)
	return nil
}

// completeClusters offers names of clusters to the shell.
func (e *environment) completeClusters(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if err := cmd.Root().PersistentPreRunE(cmd, args); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	s, err := e.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for c, err := range s.Clusters(cmd.Context(), clusterQuery{Text: typed}) {
		if err != nil || len(names) > 100 {
			break
		}
		names = append(names, c.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
