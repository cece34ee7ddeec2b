// Package pki owns the hub's server certificate: made by the hub's own CA on first start, or supplied as files and
// reloaded when they change. It leaves signing keys of other kinds to keys.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	caLifetime     = 10 * 365 * 24 * time.Hour
	leafLifetime   = 90 * 24 * time.Hour
	renewBefore    = 30 * 24 * time.Hour
	reloadInterval = 10 * time.Second
	// backdate lets a client whose clock is behind accept a fresh certificate.
	backdate = 2 * time.Hour
)

// Options says where certificates come from. Either both files are given, or the hub makes its own.
type Options struct {
	Dir      string   // of the self-made CA: ca.crt, ca.key
	CertFile string   // supplied certificate chain, PEM
	KeyFile  string   // its key, PEM
	Names    []string // DNS names and IP addresses of the self-made certificate
	Now      func() time.Time
	Logger   *slog.Logger
}

// Certificates answers TLS handshakes. Safe for concurrent use.
type Certificates struct {
	o     Options
	ca    *x509.Certificate // nil where certificates are supplied
	caKey *ecdsa.PrivateKey
	caPEM []byte

	mu      sync.Mutex
	leaf    *tls.Certificate
	checked time.Time // when the supplied files were last looked at
	stamp   fileStamp
}

type fileStamp struct{ cert, key time.Time }

// New loads or makes what is needed to answer the first handshake.
func New(o Options) (*Certificates, error) {
	if (o.CertFile == "") != (o.KeyFile == "") {
		return nil, errors.New("a TLS certificate and its key are given together or not at all")
	}
	if o.CertFile == "" && len(o.Names) == 0 {
		return nil, errors.New("a self-made certificate needs at least one name")
	}
	c := &Certificates{o: o}
	if o.CertFile == "" {
		if err := c.loadCA(); err != nil {
			return nil, err
		}
	}
	_, err := c.certificate(nil)
	return c, err
}

// TLSConfig returns a server configuration that asks c for the certificate in each handshake. TLS 1.2 is the oldest
// version for people's tools; the tunnel demands 1.3 by itself.
func (c *Certificates) TLSConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.certificate}
}

// SelfMade reports whether the certificate comes from the hub's own CA.
func (c *Certificates) SelfMade() bool { return c.ca != nil }

// CAPEM returns the CA certificate, PEM; nil where certificates are supplied.
func (c *Certificates) CAPEM() []byte { return c.caPEM }

// CASHA256 returns the hex SHA-256 of the CA certificate (DER), which agents pin; empty where certificates are supplied.
func (c *Certificates) CASHA256() string {
	if c.ca == nil {
		return ""
	}
	sum := sha256.Sum256(c.ca.Raw)
	return hex.EncodeToString(sum[:])
}

// CAPEMSHA256 returns the hex SHA-256 of the PEM file, for `sha256sum -c`; empty where certificates are supplied.
func (c *Certificates) CAPEMSHA256() string {
	if c.ca == nil {
		return ""
	}
	sum := sha256.Sum256(c.caPEM)
	return hex.EncodeToString(sum[:])
}

func (c *Certificates) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ca == nil {
		return c.supplied()
	}
	now := c.o.Now()
	if c.leaf == nil || now.After(c.leaf.Leaf.NotAfter.Add(-renewBefore)) {
		leaf, err := c.issue(now)
		if err != nil {
			return nil, err
		}
		c.leaf = leaf
	}
	return c.leaf, nil
}

// supplied looks at the files at most every reloadInterval. A pair that cannot be read, half-written perhaps, leaves the
// old one in use.
func (c *Certificates) supplied() (*tls.Certificate, error) {
	now := c.o.Now()
	if c.leaf != nil && now.Sub(c.checked) < reloadInterval {
		return c.leaf, nil
	}
	c.checked = now
	leaf, stamp, err := c.readFiles()
	switch {
	case err != nil && c.leaf == nil:
		return nil, err
	case err != nil:
		c.o.Logger.Error("TLS certificate could not be reloaded; the old one stays in use", "file", c.o.CertFile, "error", err)
	case leaf != nil:
		c.leaf, c.stamp = leaf, stamp
		c.o.Logger.Info("TLS certificate loaded", "file", c.o.CertFile, "not_after", leaf.Leaf.NotAfter)
	}
	return c.leaf, nil
}

func (c *Certificates) readFiles() (*tls.Certificate, fileStamp, error) {
	certInfo, err := os.Stat(c.o.CertFile)
	if err != nil {
		return nil, fileStamp{}, fmt.Errorf("read TLS certificate: %w", err)
	}
	keyInfo, err := os.Stat(c.o.KeyFile)
	if err != nil {
		return nil, fileStamp{}, fmt.Errorf("read TLS key: %w", err)
	}
	stamp := fileStamp{certInfo.ModTime(), keyInfo.ModTime()}
	if c.leaf != nil && stamp == c.stamp {
		return nil, stamp, nil
	}
	pair, err := tls.LoadX509KeyPair(c.o.CertFile, c.o.KeyFile)
	if err != nil {
		return nil, stamp, fmt.Errorf("read TLS certificate %s with key %s: %w", c.o.CertFile, c.o.KeyFile, err)
	}
	return &pair, stamp, nil
}

func (c *Certificates) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make TLS key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "fairlead hub"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range c.o.Names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if !slices.Contains(template.DNSNames, name) {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.ca, key.Public(), c.caKey)
	if err != nil {
		return nil, fmt.Errorf("make TLS certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate just made: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, c.ca.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func (c *Certificates) loadCA() error {
	certPath, keyPath := filepath.Join(c.o.Dir, "ca.crt"), filepath.Join(c.o.Dir, "ca.key")
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeCA(certPath, keyPath, c.o.Now()); err != nil {
			return err
		}
		pair, err = tls.LoadX509KeyPair(certPath, keyPath)
	}
	if err != nil {
		return fmt.Errorf("read the hub's CA %s with key %s: %w", certPath, keyPath, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return fmt.Errorf("%s is no CA certificate with an ECDSA key", certPath)
	}
	c.ca, c.caKey = pair.Leaf, key
	c.caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Leaf.Raw})
	return nil
}

func makeCA(certPath, keyPath string, now time.Time) error {
	if err := os.MkdirAll(filepath.Dir(certPath), 0o700); err != nil {
		return fmt.Errorf("make CA directory: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make CA key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Fairlead hub CA"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(caLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make CA certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode CA key: %w", err)
	}
	// The key first: a certificate without its key would be taken for a broken CA at the next start.
	if err := os.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return fmt.Errorf("write CA key: %w", err)
	}
	if err := os.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return fmt.Errorf("write CA certificate: %w", err)
	}
	return nil
}

func serial() *big.Int {
	raw := make([]byte, 16)
	rand.Read(raw)
	raw[0] &= 0x7f
	return new(big.Int).SetBytes(raw)
}
