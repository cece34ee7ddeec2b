package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rancher/remotedialer"

	"github.com/fairlead/fairlead/shared/tunnel"
)

// patience bounds every set-up.
const patience = 10 * time.Second

// carrier is one way to have a byte stream between hub and agent. Each open gives both ends of a fresh one.
type carrier struct {
	name  string
	open  func() (hub, agent net.Conn, err error)
	close func()
}

// certificates returns the two ends' TLS 1.3 configuration with a certificate made for this run.
func certificates() (server, client *tls.Config, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"hub.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	server = &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}},
	}
	return server, &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: pool, ServerName: "hub.test"}, nil
}

// bench holds what all carriers share.
type bench struct {
	server, client *tls.Config
}

// tlsPair returns the hub's and the agent's end of one TLS connection on loopback: the agent dials. Each direction is
// delayed by delay.
func (b *bench) tlsPair(delay time.Duration) (hub, agent *tls.Conn, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	address := l.Addr().String()
	if delay > 0 {
		if address, err = delayed(address, delay); err != nil {
			return nil, nil, err
		}
	}
	dialled, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, nil, err
	}
	l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	accepted, err := l.Accept()
	if err != nil {
		dialled.Close()
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	hub, agent = tls.Server(accepted, b.server), tls.Client(dialled, b.client)
	greeted := make(chan error, 1)
	go func() { greeted <- agent.HandshakeContext(ctx) }()
	err = hub.HandshakeContext(ctx)
	if agentErr := <-greeted; err == nil {
		err = agentErr
	}
	if err != nil {
		hub.Close()
		agent.Close()
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	return hub, agent, nil
}

func (b *bench) plainTLS() *carrier {
	return &carrier{
		name:  "plain TLS 1.3",
		open:  func() (net.Conn, net.Conn, error) { return asConns(b.tlsPair(0)) },
		close: func() {},
	}
}

func asConns(hub, agent *tls.Conn, err error) (net.Conn, net.Conn, error) {
	if err != nil {
		return nil, nil, err
	}
	return hub, agent, nil
}

// session returns a carrier of one tunnel session; a stream for each open. window 0 means the default of the class.
func (b *bench) session(name string, window uint32, delay time.Duration) (*carrier, error) {
	hubConn, agentConn, err := b.tlsPair(delay)
	if err != nil {
		return nil, err
	}
	o := tunnel.Options{Class: tunnel.Bulk, Logger: slog.New(slog.DiscardHandler), Window: window}
	hub, err := tunnel.Open(hubConn, o)
	if err != nil {
		return nil, err
	}
	agent, err := tunnel.Accept(agentConn, o)
	if err != nil {
		hub.Close()
		return nil, err
	}
	streams := agent.Listener(tunnel.KindKube)
	return &carrier{
		name: name,
		open: func() (net.Conn, net.Conn, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			near, err := hub.OpenStream(ctx, tunnel.KindKube)
			if err != nil {
				return nil, nil, err
			}
			far, err := streams.Accept()
			return near, far, err
		},
		close: func() { hub.Close(); agent.Close() },
	}, nil
}

// remoteDialer returns a carrier of one remotedialer session, as Rancher uses it: the hub dials an address through the
// agent. What answers there is an in-memory pipe's cheaper equivalent, a dialler of ours, so that the agent's own TCP
// connection to an upstream is not part of what is measured.
func (b *bench) remoteDialer() (*carrier, error) {
	const agentName = "agent"
	handler := remotedialer.New(func(*http.Request) (string, bool, error) { return agentName, true, nil }, remotedialer.DefaultErrorWriter)
	l, err := tls.Listen("tcp", "127.0.0.1:0", b.server)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: patience}
	go server.Serve(l)

	ctx, cancel := context.WithCancel(context.Background())
	upstreams := make(chan net.Conn)
	local := func(ctx context.Context, _, _ string) (net.Conn, error) {
		near, far := socketPair()
		if near == nil {
			return nil, fmt.Errorf("no local connection")
		}
		select {
		case upstreams <- far:
			return near, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	ready := make(chan struct{})
	go remotedialer.ConnectToProxyWithDialer(ctx, "wss://"+l.Addr().String()+"/connect", nil,
		func(string, string) bool { return true },
		&websocket.Dialer{TLSClientConfig: b.client, HandshakeTimeout: patience},
		local,
		func(context.Context, *remotedialer.Session) error { close(ready); return nil })
	stop := func() { cancel(); server.Close() }
	deadline := time.After(patience)
	select {
	case <-ready:
	case <-deadline:
		stop()
		return nil, fmt.Errorf("remotedialer did not connect in %s", patience)
	}
	for tick := time.NewTicker(5 * time.Millisecond); !handler.HasSession(agentName); {
		select {
		case <-tick.C:
		case <-deadline:
			stop()
			return nil, fmt.Errorf("remotedialer has no session after %s", patience)
		}
	}
	dial := handler.Dialer(agentName)
	return &carrier{
		name: "remotedialer",
		open: func() (net.Conn, net.Conn, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			hub, err := dial(ctx, "tcp", "upstream.test:443")
			if err != nil {
				return nil, nil, err
			}
			select {
			case agent := <-upstreams:
				return hub, agent, nil
			case <-ctx.Done():
				hub.Close()
				return nil, nil, ctx.Err()
			}
		},
		close: stop,
	}, nil
}
