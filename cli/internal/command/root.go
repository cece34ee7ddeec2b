// Package command owns the commands of the CLI: their words, flags and output. What they keep on disk is config's, what
// they ask the hub is shared/client's.
package command

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fairlead/fairlead/cli/internal/config"
	"github.com/fairlead/fairlead/shared/client"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/version"
)

// Exit codes.
const (
	exitFailure   = 1
	exitUsage     = 2
	exitSignedOut = 3
)

// Streams are where the CLI reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// environment is what every command shares.
type environment struct {
	Streams
	folder config.Folder
	hub    string // --hub
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Execute runs one command line and returns the exit code: 0, 1 for a failure, 2 for a wrong use, 3 when nobody is
// signed in.
func Execute(ctx context.Context, args []string, s Streams) int {
	env := &environment{Streams: s}
	root := newRoot(env)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(s.Err, "fairlead: %v\n", err)
		return exitUsage
	case errs.Is(err, errs.Unauthenticated):
		fmt.Fprintf(s.Err, "fairlead: %s\n", errs.Message(err))
		return exitSignedOut
	}
	var known *errs.Error
	if errors.As(err, &known) {
		fmt.Fprintf(s.Err, "fairlead: %s\n", known.Message)
	} else {
		fmt.Fprintf(s.Err, "fairlead: %v\n", err)
	}
	return exitFailure
}

func newRoot(env *environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "fairlead",
		Short: "Manage a fleet of Kubernetes clusters through a Fairlead hub",
		Long: `Fairlead manages Kubernetes clusters that cannot be reached from outside: an agent in each dials out to a hub.

  fairlead login https://hub.example       sign in
  fairlead clusters add acme-prod          print the command that installs the agent
  fairlead kubeconfig --all --merge        contexts for kubectl, helm and k9s, with tokens that live minutes`,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			var err error
			env.folder, err = config.Open()
			return err
		},
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&env.hub, "hub", os.Getenv("FAIRLEAD_URL"), "address of the hub; default: the one that you signed in to last (FAIRLEAD_URL)")
	root.PersistentFlags().Lookup("hub").DefValue = ""
	root.AddCommand(newLogin(env), newLogout(env), newStatus(env), newClusters(env), newKubeconfig(env), newKubeCredential(env), newVersion(env))
	return root
}

// session is a signed-in client.
type session struct {
	*client.Client
	hub    config.Hub
	tokens *config.Tokens
}

// connect returns a client of the chosen hub with the kept tokens.
func (e *environment) connect() (*session, error) {
	hub, err := e.folder.Find(e.hub)
	if err != nil {
		return nil, err
	}
	roots, err := rootsOf(hub.CAPEM)
	if err != nil {
		return nil, err
	}
	bare, err := newClient(hub.URL, roots, nil)
	if err != nil {
		return nil, err
	}
	tokens := e.folder.Tokens(hub.URL, bare)
	signedIn, err := newClient(hub.URL, roots, tokens)
	return &session{Client: signedIn, hub: hub, tokens: tokens}, err
}

func newClient(url string, roots *x509.CertPool, tokens client.TokenSource) (*client.Client, error) {
	return client.New(client.Options{BaseURL: url, Roots: roots, Tokens: tokens, UserAgent: "fairlead/" + version.Number()})
}

func rootsOf(pem string) (*x509.CertPool, error) {
	if pem == "" {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		return nil, errs.New(errs.Invalid, "The CA certificate that is kept for this hub cannot be read: sign in again.")
	}
	return roots, nil
}

// exactly is cobra.ExactArgs with an error that counts as wrong use.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usagef("%s: %w; see `%s --help`", cmd.CommandPath(), err, cmd.CommandPath())
		}
		return nil
	}
}
