package command

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fairlead/fairlead/cli/internal/config"
	"github.com/fairlead/fairlead/shared/errs"
)

type loginOptions struct {
	email, caFile, caSHA256 string
	passwordStdin           bool
}

func newLogin(env *environment) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login [URL]",
		Short: "Sign in to a hub",
		Long: `Sign in to a hub with e-mail address and password.

A hub with a CA of its own shows its certificate's SHA-256 when it is installed; compare it when you are asked, or give
it with --ca-sha256. Tokens are kept in a file that only you may read; the password is not kept.

Environment: FAIRLEAD_URL, FAIRLEAD_EMAIL, FAIRLEAD_PASSWORD, FAIRLEAD_CA (file of the CA, PEM), FAIRLEAD_CONFIG (folder).`,
		Example: `  fairlead login https://hub.example --email you@agency.example
  fairlead login https://10.0.0.5:8443 --ca-sha256 3f1a… --password-stdin < password`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			address := env.hub
			if len(args) == 1 {
				address = args[0]
			}
			if address == "" {
				return usagef("which hub? `fairlead login https://HUB`")
			}
			return env.login(cmd.Context(), address, o)
		},
	}
	cmd.Flags().StringVar(&o.email, "email", os.Getenv("FAIRLEAD_EMAIL"), "your e-mail address (FAIRLEAD_EMAIL)")
	cmd.Flags().Lookup("email").DefValue = ""
	cmd.Flags().StringVar(&o.caFile, "ca-file", os.Getenv("FAIRLEAD_CA"), "file of the hub's CA certificate, PEM (FAIRLEAD_CA)")
	cmd.Flags().Lookup("ca-file").DefValue = ""
	cmd.Flags().StringVar(&o.caSHA256, "ca-sha256", "", "SHA-256 of the hub's CA certificate, hex")
	cmd.Flags().BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func (e *environment) login(ctx context.Context, address string, o loginOptions) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return usagef("the hub's address %q will not do: https://host[:port] is needed", address)
	}
	address = "https://" + u.Host
	input := bufio.NewReader(e.In)
	caPEM, err := e.trust(ctx, address, o, input)
	if err != nil {
		return err
	}
	roots, err := rootsOf(caPEM)
	if err != nil {
		return err
	}
	hub, err := newClient(address, roots, nil)
	if err != nil {
		return err
	}
	info, err := hub.Hub(ctx)
	if err != nil {
		return err
	}
	if o.email == "" {
		fmt.Fprint(e.Err, "E-mail: ")
		line, err := input.ReadString('\n')
		if err != nil && line == "" {
			return usagef("no e-mail address: use --email")
		}
		o.email = strings.TrimSpace(line)
	}
	password, err := e.password(o, input)
	if err != nil {
		return err
	}
	signedIn, err := hub.SignIn(ctx, o.email, password)
	if err != nil {
		return err
	}
	if err := e.folder.Tokens(address, hub).Keep(signedIn); err != nil {
		return err
	}
	err = e.folder.Update(func(h *config.Hubs) {
		h.Current = address
		h.Hubs[address] = config.Hub{URL: address, ID: info.ID, Email: signedIn.User.Email, CAPEM: caPEM}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "Signed in to %s as %s.\n", address, signedIn.User.Email)
	return nil
}

// trust returns the CA certificate by which the hub is trusted, PEM; empty: the system's CAs are enough.
func (e *environment) trust(ctx context.Context, address string, o loginOptions, input *bufio.Reader) (string, error) {
	if o.caFile != "" {
		raw, err := os.ReadFile(o.caFile)
		if err != nil {
			return "", errs.Wrap(err, errs.Invalid, "The CA file %s cannot be read.", o.caFile)
		}
		return string(raw), nil
	}
	if o.caSHA256 == "" {
		bare, err := newClient(address, nil, nil)
		if err != nil {
			return "", err
		}
		if _, err = bare.Hub(ctx); err == nil {
			return "", nil
		} else if !errs.Is(err, errs.Invalid) { // anything but a CA that is not trusted
			return "", err
		}
	}
	raw, got, err := fetchCA(ctx, address)
	if err != nil {
		return "", err
	}
	switch {
	case o.caSHA256 != "":
		want := strings.ToLower(strings.ReplaceAll(o.caSHA256, ":", ""))
		if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
			return "", errs.New(errs.Forbidden, "The CA of %s has the SHA-256 %s, not the one that you gave: do not sign in there.", address, got)
		}
	case !isTerminal(e.In):
		return "", errs.New(errs.Invalid, "The hub has a CA of its own, with SHA-256 %s. Compare it with the hub's, and sign in with --ca-sha256 %s.", got, got)
	default:
		fmt.Fprintf(e.Err, "The hub at %s has a CA of its own. Its certificate's SHA-256 is\n  %s\nIs this what the hub's operator has told you? (yes/no) ", address, got)
		if line, _ := input.ReadString('\n'); strings.TrimSpace(line) != "yes" {
			return "", errs.New(errs.Forbidden, "Not trusted; nothing was sent.")
		}
	}
	return raw, nil
}

// fetchCA reads the hub's CA certificate over a connection that proves nothing yet; its hash is compared before it is
// used, and no secret is sent.
func fetchCA(ctx context.Context, address string) (text, sum string, err error) {
	unverified := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer unverified.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/ca.pem", nil)
	if err != nil {
		return "", "", err
	}
	response, err := unverified.Do(request)
	if err != nil {
		return "", "", errs.Wrap(err, errs.Unavailable, "The hub at %s does not answer.", address)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	block, _ := pem.Decode(raw)
	if err != nil || response.StatusCode != http.StatusOK || block == nil {
		return "", "", errs.New(errs.Invalid, "%s offers no CA certificate of its own, and the system does not trust its certificate: give its CA with --ca-file.", address)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return "", "", errs.Wrap(err, errs.Invalid, "The CA certificate of %s cannot be read.", address)
	}
	hash := sha256.Sum256(block.Bytes)
	return string(raw), hex.EncodeToString(hash[:]), nil
}

func (e *environment) password(o loginOptions, input *bufio.Reader) (string, error) {
	if o.passwordStdin {
		line, err := input.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", usagef("no password came on standard input (%v)", err)
		}
		return line, nil
	}
	if p := os.Getenv("FAIRLEAD_PASSWORD"); p != "" {
		return p, nil
	}
	file, ok := e.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", usagef("no password: use --password-stdin, or FAIRLEAD_PASSWORD")
	}
	fmt.Fprint(e.Err, "Password: ")
	raw, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(e.Err)
	return string(raw), err
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func newLogout(env *environment) *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "End the session, here and at the hub", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := env.connect()
			if err != nil {
				return err
			}
			ended := s.SignOut(cmd.Context())
			if err := s.tokens.Forget(); err != nil {
				return err
			}
			if ended != nil && !errs.Is(ended, errs.Unauthenticated) {
				fmt.Fprintf(env.Err, "fairlead: the tokens are gone from this machine, but the hub was not told: %s\n", errs.Message(ended))
			}
			fmt.Fprintf(env.Out, "Signed out of %s.\n", s.hub.URL)
			return nil
		},
	}
}
