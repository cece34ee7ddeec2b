// Package config owns what the CLI keeps on disk: the hubs it knows, in hubs.json, and the tokens, in files of mode 0600
// of their own, one a hub, which several processes may refresh at once.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fairlead/fairlead/shared/errs"
)

// Hub is a hub that somebody signed in to.
type Hub struct {
	URL   string `json:"url"`
	ID    string `json:"id"`
	Email string `json:"email"`
	CAPEM string `json:"caPEM,omitempty"` // empty: the system's CAs
}

// Hubs is the content of hubs.json.
type Hubs struct {
	Current string         `json:"current"` // URL
	Hubs    map[string]Hub `json:"hubs"`    // by URL
}

// Folder is where all of it lies.
type Folder struct{ path string }

// Open returns the folder: FAIRLEAD_CONFIG, or fairlead in the user's configuration folder.
func Open() (Folder, error) {
	if dir := os.Getenv("FAIRLEAD_CONFIG"); dir != "" {
		return Folder{dir}, nil
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return Folder{}, fmt.Errorf("find the configuration folder (set FAIRLEAD_CONFIG): %w", err)
	}
	return Folder{filepath.Join(base, "fairlead")}, nil
}

func (f Folder) file(name string) string { return filepath.Join(f.path, name) }

// Load returns the known hubs; none is fine.
func (f Folder) Load() (Hubs, error) {
	hubs := Hubs{Hubs: map[string]Hub{}}
	err := f.read("hubs.json", &hubs)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return hubs, err
}

// Update changes the known hubs under a lock.
func (f Folder) Update(change func(*Hubs)) error {
	unlock, err := f.lock("hubs")
	if err != nil {
		return err
	}
	defer unlock()
	hubs, err := f.Load()
	if err != nil {
		return err
	}
	change(&hubs)
	return f.write("hubs.json", hubs)
}

// Find returns the hub of an address, or the current one for an empty address.
func (f Folder) Find(url string) (Hub, error) {
	hubs, err := f.Load()
	if err != nil {
		return Hub{}, err
	}
	if url == "" {
		url = hubs.Current
	}
	hub, ok := hubs.Hubs[url]
	switch {
	case url == "":
		return Hub{}, errs.New(errs.Unauthenticated, "You are signed in to no hub: `fairlead login https://HUB` first.")
	case !ok:
		return Hub{}, errs.New(errs.Unauthenticated, "You are not signed in to %s: `fairlead login %s` first.", url, url)
	}
	return hub, nil
}

func (f Folder) read(name string, into any) error {
	path := f.file(name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return errs.New(errs.Forbidden, "Others may read %s (mode %04o): it holds tokens. Run `chmod 600 %s`, and sign in anew if others have read it.", path, info.Mode().Perm(), path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// write replaces a file as a whole, for its owner's eyes only.
func (f Folder) write(name string, content any) error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", f.path, err)
	}
	raw, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(f.path, ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", f.file(name), err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(raw)
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.file(name), err)
	}
	return os.Rename(temp.Name(), f.file(name))
}

// lock waits for an exclusive lock, which other processes respect.
func (f Folder) lock(name string) (unlock func(), err error) {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", f.path, err)
	}
	file, err := os.OpenFile(f.file("."+name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", f.path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", f.path, err)
	}
	return func() { file.Close() }, nil
}
