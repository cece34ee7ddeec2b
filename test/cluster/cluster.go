package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"sync"
	"time"
)

// Cluster is one cluster; its exported fields are kept in state.json of its folder.
type Cluster struct {
	Name      string             `json:"name"`
	Index     int                `json:"index"` // picks the addresses
	Real      bool               `json:"real"`
	Nodes     int                `json:"nodes,omitempty"` // simulated
	HostIP    string             `json:"hostIP"`
	NodeIP    string             `json:"nodeIP"`
	PodCIDR   string             `json:"podCIDR,omitempty"`
	Ports     map[string]int     `json:"ports,omitempty"` // of a control plane on loopback
	Processes map[string]Process `json:"processes"`

	dir   string
	tools Tools
	mu    sync.Mutex // of Processes and state.json
}

// Info is what `cluster info` prints.
type Info struct {
	*Cluster
	Folder     string `json:"folder"`
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Netns      string `json:"netns,omitempty"`
	Containerd string `json:"containerd,omitempty"`
}

// Info returns where everything is.
func (c *Cluster) Info() Info {
	info := Info{Cluster: c, Folder: c.dir, Kubeconfig: c.path("admin.kubeconfig"), Server: c.server()}
	if c.Real {
		info.Netns, info.Containerd = c.netns(), c.containerdSocket()
	}
	return info
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`)

// Home is the folder of all clusters: FAIRLEAD_CLUSTERS, or /var/lib/fairlead-clusters for root.
func Home() string {
	if dir := os.Getenv("FAIRLEAD_CLUSTERS"); dir != "" {
		return dir
	}
	if isRoot() {
		return "/var/lib/fairlead-clusters"
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("fairlead-clusters-%d", os.Getuid()))
}

func (c *Cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

func (c *Cluster) nodeName() string { return c.Name + "-node" }

func (c *Cluster) server() string {
	port := 6443
	if !c.Real {
		port = c.Ports["api"]
	}
	return fmt.Sprintf("https://%s:%d", c.NodeIP, port)
}

// Load reads a cluster's state.
func Load(name string) (*Cluster, error) {
	if !nameForm.MatchString(name) {
		return nil, fmt.Errorf("name %q: 1 to 30 lower-case letters, digits and dashes are needed", name)
	}
	c := &Cluster{dir: filepath.Join(Home(), name)}
	raw, err := os.ReadFile(c.path("state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no cluster %s; start it with `cluster up %s`", name, name)
	}
	if err != nil {
		return nil, err
	}
	return c, json.Unmarshal(raw, c)
}

func (c *Cluster) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.path("state.json.new"), raw, 0o644); err != nil {
		return err
	}
	return os.Rename(c.path("state.json.new"), c.path("state.json"))
}

// List returns the names of the clusters that exist, whole or broken.
func List() ([]string, error) {
	entries, err := os.ReadDir(Home())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && nameForm.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names, err
}

// UpOptions of Up.
type UpOptions struct {
	Real  bool
	Nodes int
}

// Up starts clusters side by side. One that is up is left alone; one that is broken is made anew.
func Up(names []string, o UpOptions) error {
	tools, err := EnsureTools(o.Real)
	if err != nil {
		return err
	}
	errs := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() {
			if err := up(name, o, tools); err != nil {
				errs[i] = fmt.Errorf("cluster %s: %w", name, err)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func up(name string, o UpOptions, tools Tools) error {
	began := time.Now()
	c, err := Load(name)
	if err == nil && c.Real == o.Real && c.healthy() {
		fmt.Fprintf(os.Stderr, "cluster: %s is up\n", name)
		return nil
	}
	if !nameForm.MatchString(name) {
		return err
	}
	if err := Down(name); err != nil {
		return fmt.Errorf("clear away what is left of it: %w", err)
	}
	if c, err = create(name, o, tools); err != nil {
		return err
	}
	if err := c.run(); err != nil {
		return fmt.Errorf("%w (logs are in %s)", err, c.dir)
	}
	fmt.Fprintf(os.Stderr, "cluster: %s is up after %.1f s\n", name, time.Since(began).Seconds())
	return nil
}

// healthy reports whether every process lives and the API server and node are ready.
func (c *Cluster) healthy() bool {
	if len(c.Processes) == 0 {
		return false
	}
	for _, p := range c.Processes {
		if !p.alive() {
			return false
		}
	}
	client, err := c.client()
	return err == nil && client.ready() && client.nodeReady()
}

// create takes an index that no other cluster has, under a lock, and makes the folder.
func create(name string, o UpOptions, tools Tools) (*Cluster, error) {
	if err := os.MkdirAll(Home(), 0o755); err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Join(Home(), ".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	taken := map[int]bool{}
	others, err := List()
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if existing, err := Load(other); err == nil {
			taken[existing.Index] = true
		}
	}
	c := &Cluster{Name: name, Real: o.Real, Nodes: o.Nodes, Processes: map[string]Process{}, dir: filepath.Join(Home(), name), tools: tools}
	for c.Index = 1; taken[c.Index]; c.Index++ {
	}
	if c.Index > 250 {
		return nil, errors.New("there are too many clusters: take some down")
	}
	c.address()
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	return c, c.save()
}

// Down stops a cluster and removes all that it has made; one that is not there is fine, and so is half of one.
func Down(name string) error {
	c, err := Load(name)
	if err != nil {
		if !nameForm.MatchString(name) {
			return err
		}
		c = &Cluster{Name: name, Real: isRoot(), dir: filepath.Join(Home(), name)}
		if _, err := os.Stat(c.dir); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	// The kubelet first, so that it starts nothing anew; then everything else.
	var kubelet, rest []Process
	for part, p := range c.Processes {
		if part == "kubelet" {
			kubelet = append(kubelet, p)
		} else {
			rest = append(rest, p)
		}
	}
	failed := stopAll(kubelet)
	if c.Real {
		failed = errors.Join(failed, stopAll(c.strays()))
	}
	failed = errors.Join(failed, stopAll(rest))
	if c.Real {
		failed = errors.Join(failed, stopAll(c.strays()), c.unmount(), c.removeNetwork(), c.removeCgroups())
	}
	if failed != nil {
		return fmt.Errorf("take down %s: %w", name, failed)
	}
	return os.RemoveAll(c.dir)
}
