package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
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

// carrier is one way to bring bytes from the agent to the hub. Each start opens a fresh stream, lets the agent copy
// source into it and then close it, and returns the hub's end.
type carrier struct {
	name  string
	start func(source io.Reader) (hub io.ReadCloser, err error)
	close func()
}

// feed is the agent's half of a download.
func feed(agent net.Conn, source io.Reader) {
	defer agent.Close()
	io.Copy(agent, source) // an error shows at the hub as missing bytes
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
		name: "plain TLS 1.3",
		start: func(source io.Reader) (io.ReadCloser, error) {
			hub, agent, err := b.tlsPair(0)
			if err != nil {
				return nil, err
			}
			go feed(agent, source)
			return hub, nil
		},
		close: func() {},
	}
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
		start: func(source io.Reader) (io.ReadCloser, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			near, err := hub.OpenStream(ctx, tunnel.KindKube)
			if err != nil {
				return nil, err
			}
			far, err := streams.Accept()
			if err != nil {
				near.Close()
				return nil, err
			}
			go feed(far, source)
			return near, nil
		},
		close: func() { hub.Close(); agent.Close() },
	}, nil
}

// remoteDialer returns a carrier of one remotedialer session, as Rancher uses it: the hub dials an address through the
// agent. The agent's dialler answers with the source itself, so that no second TCP connection is part of what is measured.
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
	sources := make(chan io.Reader, 1)
	local := func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case source := <-sources:
			return &sourceConn{source: source}, nil
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
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !handler.HasSession(agentName) {
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
		start: func(source io.Reader) (io.ReadCloser, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			sources <- source
			return dial(ctx, "tcp", "upstream.test:443")
		},
		close: stop,
	}, nil
}

// sourceConn is a connection that only gives bytes.
type sourceConn struct {
	source io.Reader
}

func (c *sourceConn) Read(p []byte) (int, error)       { return c.source.Read(p) }
func (c *sourceConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *sourceConn) Close() error                     { return nil }
func (c *sourceConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *sourceConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *sourceConn) SetDeadline(time.Time) error      { return nil }
func (c *sourceConn) SetReadDeadline(time.Time) error  { return nil }
func (c *sourceConn) SetWriteDeadline(time.Time) error { return nil }
