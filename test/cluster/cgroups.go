package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const cgroupRoot = "/sys/fs/cgroup"

func (c *Cluster) cgroup() string { return "fairlead-" + c.Name }

// hierarchies are the folders in which the kubelet's cgroup root must be: each controller's in v1, the one of v2.
func hierarchies() ([]string, error) {
	if _, err := os.Stat(filepath.Join(cgroupRoot, "cgroup.controllers")); err == nil {
		return []string{cgroupRoot}, nil
	}
	entries, err := os.ReadDir(cgroupRoot)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		dir := filepath.Join(cgroupRoot, e.Name())
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil && e.Name() != "unified" {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// makeCgroups makes the kubelet's cgroup root. In v1 a new cpuset is empty, and takes its parent's values here.
func (c *Cluster) makeCgroups() error {
	dirs, err := hierarchies()
	if err != nil {
		return fmt.Errorf("cgroups: %w", err)
	}
	for _, dir := range dirs {
		own := filepath.Join(dir, c.cgroup())
		if err := os.MkdirAll(own, 0o755); err != nil {
			return fmt.Errorf("cgroups: %w", err)
		}
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			value, err := os.ReadFile(filepath.Join(dir, file))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err := errors.Join(err, os.WriteFile(filepath.Join(own, file), value, 0o644)); err != nil {
				return fmt.Errorf("cgroups: %w", err)
			}
		}
	}
	return nil
}

// removeCgroups removes the cluster's cgroups, the deepest first; they are empty once their processes have ended.
func (c *Cluster) removeCgroups() error {
	dirs, err := hierarchies()
	if err != nil {
		return err
	}
	var failed error
	for _, dir := range dirs {
		var own []string
		err := filepath.WalkDir(filepath.Join(dir, c.cgroup()), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				own = append(own, path)
			}
			return nil
		})
		failed = errors.Join(failed, err)
		for _, path := range slices.Backward(own) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = errors.Join(failed, err)
			}
		}
	}
	return failed
}
