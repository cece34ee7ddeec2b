package handshake

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/fairlead/fairlead/shared/assertion"
	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/tunnel"
	"github.com/fairlead/fairlead/shared/version"
)

// MaxSkew is the difference between the clocks of hub and agent beyond which the agent gives up and says so.
const MaxSkew = time.Hour

// AgentOptions is what the agent's end needs. Exactly one of ClusterID and Token is set.
type AgentOptions struct {
	HubKeySHA256 string // the pin of the hub's assertion key: assertion.KeyID, hex
	Key          ed25519.PrivateKey
	ClusterID    string // sign in
	Token        string // enrol
	LinkID       string // chosen by the agent; the same for all connections of one link
	Class        tunnel.Class
	Now          func() time.Time
}

// Welcome is the hub's yes. The agent's end fills in what it learned and measured on the way.
type Welcome struct {
	ClusterID   string `json:"clusterID"`
	ClusterName string `json:"clusterName"`

	HubID    string            `json:"-"`
	HubKey   ed25519.PublicKey `json:"-"`
	Protocol int               `json:"-"`
	Skew     time.Duration     `json:"-"` // the hub's clock minus the agent's
}

// Agent runs the agent's end of the exchange on conn within Timeout.
//
// Errors: *Refusal where the hub said no; errs.Unauthenticated where the peer is not the pinned hub (nothing was sent to
// it that it could use); errs.Invalid where the clocks are more than MaxSkew apart.
func Agent(ctx context.Context, conn net.Conn, o AgentOptions) (Welcome, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	defer guard(ctx, conn)()

	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	sent := o.Now()
	helloFrame, err := writeFrame(conn, clientHello{
		MinProtocol: version.MinProtocol, MaxProtocol: version.Protocol, Nonce: nonce,
		Class: o.Class, AgentVersion: version.Number(), Time: sent,
	})
	if err != nil {
		return Welcome{}, err
	}
	var envelope signed
	if _, err := readFrame(conn, &envelope); err != nil {
		return Welcome{}, err
	}
	received := o.Now()
	if envelope.Refusal != nil {
		return Welcome{}, envelope.Refusal
	}
	bind, err := exporter(conn)
	if err != nil {
		return Welcome{}, err
	}
	hub, err := checkHub(o.HubKeySHA256, helloFrame, envelope, bind)
	if err != nil {
		return Welcome{}, err
	}
	skew := hub.Time.Sub(sent.Add(received.Sub(sent) / 2))
	if skew.Abs() > MaxSkew {
		return Welcome{}, errs.New(errs.Invalid,
			"This machine's clock and the hub's are %s apart (here %s, there %s); at most %s is compensated. Set the clock of the machine that is wrong.",
			skew.Abs().Round(time.Second), received.UTC().Format(time.RFC3339), hub.Time.UTC().Format(time.RFC3339), MaxSkew)
	}

	public := o.Key.Public().(ed25519.PublicKey)
	body, err := json.Marshal(signIn{ClusterID: o.ClusterID, Token: o.Token, PublicKey: public, LinkID: o.LinkID})
	if err != nil {
		return Welcome{}, fmt.Errorf("encode sign-in: %w", err)
	}
	signature := ed25519.Sign(o.Key, transcript(agentLabel, hub.Key, helloFrame, envelope.Body, body, bind))
	if _, err := writeFrame(conn, signed{Body: body, Signature: signature}); err != nil {
		return Welcome{}, err
	}
	var reply answer
	if _, err := readFrame(conn, &reply); err != nil {
		return Welcome{}, err
	}
	switch {
	case reply.Refusal != nil:
		return Welcome{}, reply.Refusal
	case reply.Welcome == nil || reply.Welcome.ClusterID == "":
		return Welcome{}, errs.New(errs.Invalid, "The hub answered the sign-in with neither a welcome nor a refusal.")
	case o.ClusterID != "" && reply.Welcome.ClusterID != o.ClusterID:
		return Welcome{}, errs.New(errs.Invalid, "The hub answered for another cluster.")
	}
	w := *reply.Welcome
	w.HubID, w.HubKey, w.Protocol, w.Skew = hub.HubID, hub.Key, hub.Protocol, skew
	return w, nil
}

func checkHub(pin string, helloFrame []byte, envelope signed, bind []byte) (hubHello, error) {
	var hub hubHello
	if err := json.Unmarshal(envelope.Body, &hub); err != nil {
		return hub, errs.Wrap(err, errs.Unauthenticated, "The hub's hello could not be read.")
	}
	got := assertion.KeyID(hub.Key)
	if subtle.ConstantTimeCompare([]byte(got), []byte(pin)) != 1 {
		return hub, errs.New(errs.Unauthenticated,
			"The peer holds the assertion key %s and this agent pins %s (hub.keySHA256): it is another hub, or the pin is wrong.", got, pin)
	}
	if !verify(hub.Key, transcript(hubLabel, helloFrame, envelope.Body, bind), envelope.Signature) {
		return hub, errs.New(errs.Unauthenticated, "The peer could not prove that it holds the hub's assertion key: something answers in the hub's place.")
	}
	if hub.Protocol < version.MinProtocol || hub.Protocol > version.Protocol || len(hub.Nonce) != nonceSize || !plainHubID(hub.HubID) {
		return hub, errs.New(errs.Invalid, "The hub's hello is out of bounds.")
	}
	return hub, nil
}

func plainHubID(s string) bool { return len(s) >= 4 && len(s) <= 64 && validIDChars(s) }

func validIDChars(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
