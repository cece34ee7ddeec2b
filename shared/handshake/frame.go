package handshake

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/tunnel"
)

const (
	// Timeout bounds the whole exchange.
	Timeout   = 10 * time.Second
	maxFrame  = 16 << 10
	nonceSize = 32

	hubLabel      = "fairlead hub hello v1"
	agentLabel    = "fairlead agent sign-in v1"
	exporterLabel = "EXPORTER-fairlead-tunnel-v1"
)

type clientHello struct {
	MinProtocol  int          `json:"minProtocol"`
	MaxProtocol  int          `json:"maxProtocol"`
	Nonce        []byte       `json:"nonce"`
	Class        tunnel.Class `json:"class"`
	AgentVersion string       `json:"agentVersion"`
	Time         time.Time    `json:"time"`
}

type hubHello struct {
	Protocol int       `json:"protocol"`
	HubID    string    `json:"hubID"`
	Nonce    []byte    `json:"nonce"`
	Time     time.Time `json:"time"`
	Key      []byte    `json:"key"`
}

type signIn struct {
	ClusterID string `json:"clusterID,omitempty"`
	Token     string `json:"token,omitempty"`
	PublicKey []byte `json:"publicKey"`
	LinkID    string `json:"linkID"`
}

// signed is a message and the signature over it; Body is the JSON that was signed, byte for byte.
type signed struct {
	Body      []byte   `json:"body,omitempty"`
	Signature []byte   `json:"signature,omitempty"`
	Refusal   *Refusal `json:"refusal,omitempty"`
}

type answer struct {
	Welcome *Welcome `json:"welcome,omitempty"`
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Refusal is the hub's no. It is an error at the agent; Message is written for the person who installs the agent.
type Refusal struct {
	Code              errs.Code `json:"code"`
	Message           string    `json:"message"`
	RetryAfterSeconds int       `json:"retryAfterSeconds,omitempty"`
}

// Error returns the hub's message.
func (r *Refusal) Error() string { return "the hub refused: " + r.Message }

func refusalOf(err error) *Refusal {
	return &Refusal{Code: errs.CodeOf(err), Message: errs.Message(err)}
}

func writeFrame(w io.Writer, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode handshake frame: %w", err)
	}
	if len(body) > maxFrame {
		return nil, fmt.Errorf("handshake frame of %d bytes is over the limit of %d", len(body), maxFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(frame, body...)); err != nil {
		return nil, fmt.Errorf("write handshake frame: %w", err)
	}
	return body, nil
}

func readFrame(r io.Reader, v any) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read handshake frame: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n == 0 || n > maxFrame {
		return nil, fmt.Errorf("handshake frame of %d bytes; 1 to %d are accepted", n, maxFrame)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("read handshake frame: %w", err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return nil, fmt.Errorf("decode handshake frame: %w", err)
	}
	return body, nil
}

// transcript is what a signature covers. Each part is preceded by its length, so that no two lists of parts read alike.
func transcript(label string, parts ...[]byte) []byte {
	h := sha256.New()
	var n [8]byte
	for _, p := range append([][]byte{[]byte(label)}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	return append([]byte(label+"\x00"), h.Sum(nil)...)
}

// exporter binds the signatures to this TLS connection (RFC 5705, RFC 9266). Over a connection whose TLS ended on the
// way it is empty at both ends; an end that has one refuses a peer that has none, since the signatures then differ.
func exporter(conn net.Conn) ([]byte, error) {
	tc, ok := conn.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	state := tc.ConnectionState()
	material, err := state.ExportKeyingMaterial(exporterLabel, nil, 32)
	if err != nil {
		return nil, fmt.Errorf("export TLS keying material: %w", err)
	}
	return material, nil
}

func verify(key ed25519.PublicKey, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && len(signature) == ed25519.SignatureSize && ed25519.Verify(key, message, signature)
}
