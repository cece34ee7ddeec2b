// Package dial owns how the agent reaches its hub: TLS 1.3 with the tunnel's ALPN, trust by a pinned CA, a given CA or
// the system's, directly or through an HTTPS proxy by CONNECT. What is said on the connection is shared/handshake's.
package dial

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/fairlead/fairlead/shared/errs"
	"github.com/fairlead/fairlead/shared/tunnel"
)

// Trust says what makes the hub's certificate good.
type Trust string

// The kinds of trust.
const (
	Pin      Trust = "pin"      // a CA whose SHA-256 is known
	CABundle Trust = "caBundle" // the CAs in a file
	System   Trust = "system"   // those of the image
)

const (
	connectTimeout   = 2 * time.Second
	handshakeTimeout = 10 * time.Second
)

// Options is what a Dialer needs.
type Options struct {
	URL      *url.URL // https://host[:port]
	Trust    Trust
	CASHA256 string // for Pin: hex, of the DER
	CAFile   string // for CABundle
}

// Dialer opens tunnel connections. Safe for concurrent use.
type Dialer struct {
	o       Options
	address string
	tls     *tls.Config
	proxy   func(*url.URL) (*url.URL, error)
}

// New returns a Dialer, which takes its proxy from HTTPS_PROXY and NO_PROXY.
func New(o Options) (*Dialer, error) {
	if o.URL == nil || o.URL.Scheme != "https" || o.URL.Hostname() == "" {
		return nil, errors.New("the hub's URL must be https://host[:port]")
	}
	port := o.URL.Port()
	if port == "" {
		port = "443"
	}
	d := &Dialer{
		o: o, address: net.JoinHostPort(o.URL.Hostname(), port),
		tls:   &tls.Config{MinVersion: tls.VersionTLS13, ServerName: o.URL.Hostname(), NextProtos: []string{tunnel.ALPN}},
		proxy: httpproxy.FromEnvironment().ProxyFunc(),
	}
	switch o.Trust {
	case Pin:
		pin, err := hex.DecodeString(o.CASHA256)
		if err != nil || len(pin) != sha256.Size {
			return nil, errors.New("hub.caSHA256 must be the 64 hex digits of the hub CA's SHA-256")
		}
		// Verification is not skipped: verifyPinned does all of it, from the pinned CA on.
		d.tls.InsecureSkipVerify = true
		d.tls.VerifyConnection = func(state tls.ConnectionState) error { return verifyPinned(state, pin, o.URL.Hostname()) }
	case CABundle:
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read CA bundle: %w", err)
		}
		d.tls.RootCAs = x509.NewCertPool()
		if !d.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA bundle %s holds no certificate", o.CAFile)
		}
	case System:
	default:
		return nil, fmt.Errorf("hub.trust %q: pin, caBundle or system is needed", o.Trust)
	}
	return d, nil
}

// verifyPinned checks the chain up to the one CA certificate whose hash is pinned, and the name.
func verifyPinned(state tls.ConnectionState, pin []byte, host string) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the hub sent no certificate")
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	found := false
	for _, cert := range state.PeerCertificates[1:] {
		sum := sha256.Sum256(cert.Raw)
		if subtle.ConstantTimeCompare(sum[:], pin) == 1 {
			roots.AddCert(cert)
			found = true
		} else {
			between.AddCert(cert)
		}
	}
	if !found {
		return errs.New(errs.Unauthenticated, "The hub's certificate is not from the CA that is pinned as hub.caSHA256 (%s): it is another hub, something answers in its place, or the pin is wrong.", hex.EncodeToString(pin))
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// Dial opens a connection on which the TLS handshake is done and the hub has chosen the tunnel's protocol.
func (d *Dialer) Dial(ctx context.Context) (*tls.Conn, error) {
	raw, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, d.tls)
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("TLS with the hub at %s: %w", d.address, err)
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != tunnel.ALPN {
		raw.Close()
		return nil, errs.New(errs.Unavailable, "What answers at %s does not speak the tunnel's protocol (%s): it is no hub, or something on the way ends the TLS.", d.address, tunnel.ALPN)
	}
	return conn, nil
}

func (d *Dialer) connect(ctx context.Context) (net.Conn, error) {
	proxy, err := d.proxy(d.o.URL)
	if err != nil {
		return nil, fmt.Errorf("proxy settings: %w", err)
	}
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}
	if proxy == nil {
		conn, err := dialer.DialContext(ctx, "tcp", d.address)
		if err != nil {
			return nil, fmt.Errorf("connect to the hub: %w", err)
		}
		return conn, nil
	}
	return d.connectByProxy(ctx, dialer, proxy)
}

func (d *Dialer) connectByProxy(ctx context.Context, dialer *net.Dialer, proxy *url.URL) (net.Conn, error) {
	address := proxy.Host
	if proxy.Port() == "" {
		address = net.JoinHostPort(proxy.Hostname(), map[string]string{"http": "80", "https": "443"}[proxy.Scheme])
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to the proxy: %w", err)
	}
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	switch proxy.Scheme {
	case "http":
	case "https":
		conn = tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: proxy.Hostname()})
	default:
		conn.Close()
		return nil, fmt.Errorf("a proxy of scheme %q is not supported: http or https is needed", proxy.Scheme)
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: d.address}, Host: d.address, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("ask the proxy for %s: %w", d.address, err)
	}
	// The hub speaks only after we do, so nothing of its bytes can be in this buffer.
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("read the proxy's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		conn.Close()
		return nil, errs.New(errs.Unavailable, "The proxy at %s refuses a connection to %s: %s.", address, d.address, response.Status)
	}
	conn.SetDeadline(time.Time{})
	return conn, nil
}
