package handshake

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/tunnel"
	"github.com/fairlead/fairlead/shared/version"
)

// Admitted says which cluster a key belongs to.
type Admitted struct {
	ClusterID   string
	ClusterName string // tenant/name
}

// Authority decides who comes in.
type Authority interface {
	// Enrol uses up a token and ties key to its cluster.
	Enrol(ctx context.Context, token string, key ed25519.PublicKey) (Admitted, error)
	// SignIn says whether key is the key of cluster id.
	SignIn(ctx context.Context, id string, key ed25519.PublicKey) (Admitted, error)
}

// HubOptions is what the hub's end needs.
type HubOptions struct {
	HubID     string
	Key       ed25519.PrivateKey // the assertion key
	Authority Authority
	Now       func() time.Time
}

// Peer is an agent that has proved who it is.
type Peer struct {
	Admitted
	LinkID       string
	Class        tunnel.Class
	Protocol     int
	AgentVersion string
	Enrolled     bool          // by token, just now
	Skew         time.Duration // the agent's clock minus the hub's, as far as one message tells
}

// Hub runs the hub's end of the exchange on conn within Timeout. After an error the caller closes conn; where the agent
// could be told why, it was.
func Hub(ctx context.Context, conn net.Conn, o HubOptions) (Peer, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	defer guard(ctx, conn)()

	var hello clientHello
	helloFrame, err := readFrame(conn, &hello)
	if err != nil {
		return Peer{}, err
	}
	now := o.Now()
	protocol, err := negotiate(hello)
	if err != nil {
		return Peer{}, refuse(conn, signed{Refusal: refusalOf(err)}, err)
	}
	bind, err := exporter(conn)
	if err != nil {
		return Peer{}, err
	}

	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	key := o.Key.Public().(ed25519.PublicKey)
	body, err := json.Marshal(hubHello{Protocol: protocol, HubID: o.HubID, Nonce: nonce, Time: now, Key: key})
	if err != nil {
		return Peer{}, fmt.Errorf("encode hub hello: %w", err)
	}
	signature := ed25519.Sign(o.Key, transcript(hubLabel, helloFrame, body, bind))
	if _, err := writeFrame(conn, signed{Body: body, Signature: signature}); err != nil {
		return Peer{}, err
	}

	var envelope signed
	if _, err := readFrame(conn, &envelope); err != nil {
		return Peer{}, err
	}
	admitted, in, err := admit(ctx, o, hello, envelope, transcript(agentLabel, key, helloFrame, body, envelope.Body, bind))
	if err != nil {
		return Peer{}, refuse(conn, answer{Refusal: refusalOf(err)}, err)
	}
	welcome := Welcome{ClusterID: admitted.ClusterID, ClusterName: admitted.ClusterName}
	if _, err := writeFrame(conn, answer{Welcome: &welcome}); err != nil {
		return Peer{}, err
	}
	return Peer{
		Admitted: admitted, LinkID: in.LinkID, Class: hello.Class, Protocol: protocol,
		AgentVersion: bounded(hello.AgentVersion), Enrolled: in.Token != "", Skew: hello.Time.Sub(now),
	}, nil
}

func negotiate(hello clientHello) (int, error) {
	switch {
	case hello.MinProtocol > version.Protocol:
		return 0, errs.New(errs.Invalid, "This agent needs tunnel protocol %d and the hub speaks at most %d: upgrade the hub (now %s), or install an older agent.",
			hello.MinProtocol, version.Protocol, version.Number())
	case hello.MaxProtocol < version.MinProtocol:
		return 0, errs.New(errs.Invalid, "This agent speaks tunnel protocol %d and the hub needs at least %d: upgrade the agent's chart to %s.",
			hello.MaxProtocol, version.MinProtocol, version.Number())
	case hello.Class != tunnel.Interactive && hello.Class != tunnel.Bulk:
		return 0, errs.New(errs.Invalid, "The agent asked for a connection of an unknown class.")
	case len(hello.Nonce) != nonceSize:
		return 0, errs.New(errs.Invalid, "The agent's nonce has %d bytes; %d are needed.", len(hello.Nonce), nonceSize)
	}
	return min(hello.MaxProtocol, version.Protocol), nil
}

func admit(ctx context.Context, o HubOptions, hello clientHello, envelope signed, message []byte) (Admitted, signIn, error) {
	var in signIn
	if err := json.Unmarshal(envelope.Body, &in); err != nil {
		return Admitted{}, in, errs.Wrap(err, errs.Invalid, "The agent's sign-in could not be read.")
	}
	if !verify(in.PublicKey, message, envelope.Signature) {
		return Admitted{}, in, errs.New(errs.Unauthenticated, "The agent could not prove that it holds its key.")
	}
	if !validLinkID(in.LinkID) {
		return Admitted{}, in, errs.New(errs.Invalid, "The agent's link id is not valid.")
	}
	if in.Token == "" {
		admitted, err := o.Authority.SignIn(ctx, in.ClusterID, in.PublicKey)
		return admitted, in, err
	}
	if hello.Class != tunnel.Interactive {
		return Admitted{}, in, errs.New(errs.Invalid, "A token enrols on an interactive connection only.")
	}
	admitted, err := o.Authority.Enrol(ctx, in.Token, in.PublicKey)
	return admitted, in, err
}

// refuse tells the agent why, as far as the connection still carries it, and returns the cause.
func refuse(conn net.Conn, frame any, cause error) error {
	if _, err := writeFrame(conn, frame); err != nil {
		return fmt.Errorf("%w (and the agent could not be told: %v)", cause, err)
	}
	return cause
}

func validLinkID(s string) bool {
	return len(s) >= 16 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// bounded makes an agent's word fit to be logged and shown.
func bounded(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	quoted := strconv.QuoteToASCII(s)
	return quoted[1 : len(quoted)-1]
}

// guard ends the exchange when ctx does, by a deadline on conn, and takes the deadline off again when the returned func runs.
func guard(ctx context.Context, conn net.Conn) (release func()) {
	past := time.Unix(1, 0)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.SetDeadline(past)
		close(stopped)
	})
	return func() {
		if !stop() {
			<-stopped
		}
		conn.SetDeadline(time.Time{})
	}
}
