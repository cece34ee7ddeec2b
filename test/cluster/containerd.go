package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func (c *Cluster) containerdSocket() string { return c.path("run", "containerd.sock") }

// startContainerd starts one with everything of its own: root, state, socket, CNI.
func (c *Cluster) startContainerd() error {
	cni := fmt.Sprintf(`{"cniVersion":"1.0.0","name":"pods","plugins":[
{"type":"bridge","bridge":"cni0","isGateway":true,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"%s"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
{"type":"portmap","capabilities":{"portMappings":true}}]}
`, c.path("ipam"), c.PodCIDR)
	config := fmt.Sprintf(`version = 2
root = "%[1]s/containerd"
state = "%[1]s/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]

[grpc]
address = "%[2]s"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "%[3]s"
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "%[1]s/cni"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`, c.dir, c.containerdSocket(), pauseImage)
	for _, dir := range []string{"cni", "run"} {
		if err := os.MkdirAll(c.path(dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(c.path("cni", "10-pods.conflist"), []byte(cni), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(c.path("containerd.toml"), []byte(config), 0o644); err != nil {
		return err
	}
	return c.start("containerd", "/usr/bin/containerd", "-c", c.path("containerd.toml"))
}

// LoadImage brings an image archive in, where the kubelet finds it.
func (c *Cluster) LoadImage(file string) error {
	if !c.Real {
		return errors.New("simulated nodes have no images")
	}
	return command("ctr", "-a", c.containerdSocket(), "-n", "k8s.io", "images", "import", file)
}

func (c *Cluster) loadBaseImages() error {
	if err := waitFor("containerd", func() bool {
		return command("ctr", "-a", c.containerdSocket(), "version") == nil
	}); err != nil {
		return err
	}
	for _, name := range []string{"pause.tar", "busybox.tar"} {
		if err := c.LoadImage(filepath.Join(c.tools.Cache, "images", name)); err != nil {
			return err
		}
	}
	return nil
}

// unmount takes off everything that is mounted below the cluster's folder, the deepest first.
func (c *Cluster) unmount() error {
	for range 5 { // a mount may lie under another
		mounts, err := c.mounts()
		if err != nil || len(mounts) == 0 {
			return err
		}
		for i := len(mounts) - 1; i >= 0; i-- {
			if err := syscall.Unmount(mounts[i], 0); errors.Is(err, syscall.EBUSY) {
				time.Sleep(50 * time.Millisecond)
				syscall.Unmount(mounts[i], syscall.MNT_DETACH)
			}
		}
	}
	if mounts, err := c.mounts(); err != nil || len(mounts) > 0 {
		return errors.Join(err, fmt.Errorf("still mounted: %s", strings.Join(mounts, " ")))
	}
	return nil
}

func (c *Cluster) mounts() ([]string, error) {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], c.dir+"/") {
			found = append(found, strings.ReplaceAll(fields[4], `\040`, " "))
		}
	}
	return found, nil
}
