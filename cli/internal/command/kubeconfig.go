package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead/fairlead/cli/internal/kubeconfig"
	"github.com/fairlead/fairlead/shared/api"
)

type kubeconfigOptions struct {
	all, merge     bool
	output, prefix string
}

func newKubeconfig(env *environment) *cobra.Command {
	var o kubeconfigOptions
	cmd := &cobra.Command{
		Use:   "kubeconfig [NAME...]",
		Short: "Write contexts for kubectl, helm and k9s",
		Long: `Write contexts for kubectl, helm and k9s. They hold no token: kubectl calls this program for one, which lives minutes.

A context is called like its cluster, or tenant/name where several clusters have one name.`,
		Example: `  fairlead kubeconfig --all --merge
  fairlead kubeconfig acme-prod > acme.kubeconfig`,
		ValidArgsFunction: env.completeClusters,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.all == (len(args) > 0) {
				return usagef("name clusters, or use --all")
			}
			if o.merge && o.output != "" {
				return usagef("--merge writes into the kubeconfig in use; --output goes without it")
			}
			return env.kubeconfig(cmd.Context(), args, o)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "every cluster that you reach")
	cmd.Flags().BoolVar(&o.merge, "merge", false, "put the contexts into $KUBECONFIG's first file, or ~/.kube/config")
	cmd.Flags().StringVar(&o.output, "output", "", "file to write; default: standard output")
	cmd.Flags().StringVar(&o.prefix, "prefix", "", "what the contexts' names start with")
	return cmd
}

func (e *environment) kubeconfig(ctx context.Context, names []string, o kubeconfigOptions) error {
	s, err := e.connect()
	if err != nil {
		return err
	}
	clusters, err := s.pick(ctx, names)
	if err != nil {
		return err
	}
	path := o.output
	file := kubeconfig.New()
	if o.merge {
		path = defaultKubeconfig()
		if file, err = kubeconfig.Read(path); err != nil {
			return err
		}
	}
	program, err := os.Executable()
	if err != nil {
		program = "fairlead"
	}
	plugin := map[string]string{}
	if folder := os.Getenv("FAIRLEAD_CONFIG"); folder != "" {
		// The tokens are there, also for a kubectl that is started without this variable.
		if plugin["FAIRLEAD_CONFIG"], err = filepath.Abs(folder); err != nil {
			return err
		}
	}
	count := map[string]int{}
	for _, c := range clusters {
		count[c.Name]++
	}
	for _, c := range clusters {
		name := c.Name
		if count[name] > 1 {
			name = c.Tenant + "/" + c.Name
		}
		file.Set(kubeconfig.Context{
			Name: o.prefix + name, Server: s.hub.URL + "/k8s/clusters/" + c.ID, CAPEM: s.hub.CAPEM,
			Command: program, Arguments: []string{"kube-credential", "--hub", s.hub.URL, "--cluster", c.ID}, Env: plugin,
		})
		file.SetCurrent(o.prefix+name, !o.merge && len(clusters) == 1)
	}
	if path == "" {
		raw, err := file.Encode()
		if err != nil {
			return err
		}
		_, err = e.Out.Write(raw)
		return err
	}
	if err := file.Write(path); err != nil {
		return err
	}
	fmt.Fprintf(e.Err, "%d contexts are in %s.\n", len(clusters), path)
	return nil
}

// pick returns the named clusters, or all.
func (s *session) pick(ctx context.Context, names []string) ([]api.Cluster, error) {
	var clusters []api.Cluster
	for _, name := range names {
		c, err := s.Cluster(ctx, name)
		if err != nil {
			return nil, err
		}
		clusters = append(clusters, c)
	}
	if len(names) > 0 {
		return clusters, nil
	}
	for c, err := range s.Clusters(ctx, clusterQuery{}) {
		if err != nil {
			return nil, err
		}
		clusters = append(clusters, c)
	}
	return clusters, nil
}

func defaultKubeconfig() string {
	if list := filepath.SplitList(os.Getenv("KUBECONFIG")); len(list) > 0 && list[0] != "" {
		return list[0]
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "kubeconfig"
	}
	return filepath.Join(home, ".kube", "config")
}

// newKubeCredential is what kubeconfigs call; people need not.
func newKubeCredential(env *environment) *cobra.Command {
	var clusterID string
	cmd := &cobra.Command{
		Use: "kube-credential", Short: "Print a token for a cluster, as kubectl's exec plugin", Hidden: true, Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			token, err := s.tokens.Kube(cmd.Context(), clusterID, func(ctx context.Context) (api.KubeToken, error) {
				return s.KubeToken(ctx, clusterID)
			})
			if err != nil {
				return err
			}
			return printJSON(env.Out, map[string]any{
				"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
				"status": map[string]any{"token": token.Token, "expirationTimestamp": token.ExpiresAt.UTC().Format(time.RFC3339)},
			})
		},
	}
	cmd.Flags().StringVar(&clusterID, "cluster", "", "id of the cluster")
	cmd.MarkFlagRequired("cluster")
	return cmd
}
