// Package kubeconfig writes kubeconfigs whose users get their tokens from `fairlead kube-credential`, and merges them into
// existing files. It keeps files as generic maps, so that fields which it does not know survive, and so that the CLI need
// not carry client-go.
package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"
)

// Context is one cluster in a kubeconfig.
type Context struct {
	Name      string // of the context
	Server    string // https://HUB/k8s/clusters/ID
	CAPEM     string // empty: the system's CAs
	Command   string // of the exec credential plugin
	Arguments []string
	Env       map[string]string // of the plugin
}

// File is a kubeconfig.
type File map[string]any

// New returns an empty kubeconfig.
func New() File { return File{"apiVersion": "v1", "kind": "Config"} }

// Read reads a file; one that is missing is empty.
func Read(path string) (File, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return New(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	file := New()
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("read kubeconfig %s: %w", path, err)
	}
	return file, nil
}

// Set puts a context in, with its cluster and user, in place of those of the same name. Everything else stays.
func (f File) Set(c Context) {
	cluster := map[string]any{"server": c.Server}
	if c.CAPEM != "" {
		cluster["certificate-authority-data"] = base64.StdEncoding.EncodeToString([]byte(c.CAPEM))
	}
	name := "fairlead:" + c.Name
	f.put("clusters", name, "cluster", cluster)
	plugin := map[string]any{
		"apiVersion": "client.authentication.k8s.io/v1", "command": c.Command, "args": c.Arguments, "interactiveMode": "Never",
		"provideClusterInfo": false,
		"installHint":        "The fairlead command is not on the PATH. It gets the short-lived tokens for this context.",
	}
	var env []any
	for _, key := range slices.Sorted(maps.Keys(c.Env)) {
		env = append(env, map[string]any{"name": key, "value": c.Env[key]})
	}
	if env != nil {
		plugin["env"] = env
	}
	f.put("users", name, "user", map[string]any{"exec": plugin})
	context := map[string]any{"cluster": name, "user": name}
	if old := f.get("contexts", c.Name, "context"); old != nil {
		if namespace, ok := old["namespace"]; ok {
			context["namespace"] = namespace
		}
	}
	f.put("contexts", c.Name, "context", context)
}

// SetCurrent makes a context the current one, unless there is one already and force is false.
func (f File) SetCurrent(name string, force bool) {
	if current, _ := f["current-context"].(string); current == "" || force {
		f["current-context"] = name
	}
}

func (f File) get(list, name, field string) map[string]any {
	entries, _ := f[list].([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok && entry["name"] == name {
			value, _ := entry[field].(map[string]any)
			return value
		}
	}
	return nil
}

func (f File) put(list, name, field string, value map[string]any) {
	entries, _ := f[list].([]any)
	fresh := map[string]any{"name": name, field: value}
	for i, e := range entries {
		if entry, ok := e.(map[string]any); ok && entry["name"] == name {
			entries[i] = fresh
			return
		}
	}
	f[list] = append(entries, fresh)
}

// Encode returns the file as YAML.
func (f File) Encode() ([]byte, error) { return yaml.Marshal(f) }

// Write replaces path as a whole, for its owner's eyes only.
func (f File) Write(path string) error {
	raw, err := f.Encode()
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays a link
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".kubeconfig-*")
	if err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(raw)
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	return os.Rename(temp.Name(), path)
}
