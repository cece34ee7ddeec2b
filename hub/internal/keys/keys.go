// Package keys owns the hub's signing keys, as files that are never in the database: the assertion key, which agents pin,
// and the session key, which signs people's tokens. It also keeps the hub's id, which is no secret but must live as long.
//
// What is signed with them is left to shared/assertion and hub/internal/identity.
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base32"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Files in the keys directory.
const (
	assertionFile = "assertion.key"
	sessionFile   = "session.key"
	hubIDFile     = "hub-id"
)

// Set is what a hub signs with, and the name it signs in.
type Set struct {
	HubID     string // "h_" and 12 lower-case base32 characters
	Assertion ed25519.PrivateKey
	Session   ed25519.PrivateKey
}

var hubIDForm = regexp.MustCompile(`^h_[a-z2-7]{12}$`)

// Load reads the keys of dir and makes those that are missing: files of mode 0600 in a directory of mode 0700. A keys
// directory that is mounted read-only must hold all three files.
func Load(dir string) (Set, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Set{}, fmt.Errorf("make keys directory: %w", err)
	}
	var set Set
	var err error
	if set.Assertion, err = loadKey(filepath.Join(dir, assertionFile)); err != nil {
		return Set{}, err
	}
	if set.Session, err = loadKey(filepath.Join(dir, sessionFile)); err != nil {
		return Set{}, err
	}
	if set.HubID, err = loadHubID(filepath.Join(dir, hubIDFile)); err != nil {
		return Set{}, err
	}
	return set, nil
}

func loadKey(path string) (ed25519.PrivateKey, error) {
	raw, err := loadOrMake(path, func() ([]byte, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	})
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("key file %s holds no PEM block", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key file %s holds a %T; an Ed25519 key is needed", path, parsed)
	}
	return key, nil
}

func loadHubID(path string) (string, error) {
	raw, err := loadOrMake(path, func() ([]byte, error) {
		random := make([]byte, 8)
		rand.Read(random)
		text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))
		return []byte("h_" + text[:12] + "\n"), nil
	})
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(raw))
	if !hubIDForm.MatchString(id) {
		return "", fmt.Errorf("file %s holds %q, which is no hub id", path, id)
	}
	return id, nil
}

// loadOrMake reads path or, where it is missing, writes what make returns. A link instead of a rename settles a race of
// two starting hubs: the first to finish wins, and both read the winner's file.
func loadOrMake(path string, make func() ([]byte, error)) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return raw, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	content, err := make()
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Chmod(0o600), temp.Sync(), temp.Close()); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return os.ReadFile(path)
}
