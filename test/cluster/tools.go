package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Versions of what is built. What is built lies in the cache under its version and a hash of its sources.
const (
	kubernetesVersion = "v1.36.3"
	helmPackage       = "helm.sh/helm/v3/cmd/helm@v3.22.0"
	kwokPackage       = "sigs.k8s.io/kwok/cmd/kwok@v0.7.0"
)

// installFlags tell helm which Kubernetes it is for when no cluster tells it; other programs do not mind.
const installFlags = "-s -w -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36" +
	" -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=36"

var components = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"}

// packages are Debian's, and the file by which one sees that each is there.
var packages = map[string]string{
	"etcd-server": "/usr/bin/etcd", "containerd": "/usr/bin/containerd", "runc": "/usr/sbin/runc",
	"containernetworking-plugins": "/usr/lib/cni/bridge", "iptables": "/usr/sbin/iptables", "busybox-static": "/usr/bin/busybox",
	"conntrack": "/usr/sbin/conntrack", "iproute2": "/usr/sbin/ip",
	"curl": "/usr/bin/curl",
}

// Tools is where the programs are.
type Tools struct {
	Dir   string // kubectl, helm and the components
	Cache string
}

func (t Tools) path(name string) string { return filepath.Join(t.Dir, name) }

// cacheDir is outside any tree, so that fresh clones share it.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache folder: %w", err)
	}
	return filepath.Join(base, "fairlead", "bin"), nil
}

// EnsureTools builds and installs what is missing. Several callers at once wait for each other.
func EnsureTools(real bool) (Tools, error) {
	cache, err := cacheDir()
	if err != nil {
		return Tools{}, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return Tools{}, fmt.Errorf("make cache folder: %w", err)
	}
	unlock, err := lock(filepath.Join(cache, ".lock"))
	if err != nil {
		return Tools{}, err
	}
	defer unlock()
	if real {
		if err := installPackages(); err != nil {
			return Tools{}, err
		}
	} else if _, err := exec.LookPath("etcd"); err != nil {
		return Tools{}, errors.New("etcd is not installed, and installing it needs root: apt-get install etcd-server")
	}
	source, err := sourceDir()
	if err != nil {
		return Tools{}, err
	}
	t := Tools{Cache: cache}
	if t.Dir, err = buildKubernetes(cache, filepath.Join(source, "kubernetes")); err != nil {
		return t, err
	}
	for name, pkg := range map[string]string{"helm": helmPackage, "kwok": kwokPackage} {
		if name == "kwok" && real {
			continue
		}
		if err := install(t, name, pkg); err != nil {
			return t, err
		}
	}
	return t, buildImages(t, source)
}

// sourceDir is the folder of this program's source, from which the parts for clusters are built.
func sourceDir() (string, error) {
	if dir := os.Getenv("FAIRLEAD_CLUSTER_SOURCE"); dir != "" {
		return dir, nil
	}
	_, file, _, ok := runtime.Caller(0)
	if dir := filepath.Dir(file); ok && filepath.IsAbs(dir) {
		return dir, nil
	}
	return "", errors.New("the source folder is not known: run with `go run .` in test/cluster, or set FAIRLEAD_CLUSTER_SOURCE")
}

func installPackages() error {
	var missing []string
	for name, file := range packages {
		if _, err := os.Stat(file); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, "cluster: installing", strings.Join(missing, " "))
	env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
	for _, args := range [][]string{
		{"update", "-qq"},
		append([]string{"install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"}, missing...),
	} {
		cmd := exec.Command("apt-get", args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, tail(out))
		}
	}
	return nil
}

func buildKubernetes(cache, source string) (string, error) {
	sum, err := hashFiles(filepath.Join(source, "main.go"), filepath.Join(source, "go.mod"), filepath.Join(source, "go.sum"))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "kubernetes-"+kubernetesVersion+"-"+sum)
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir, nil
	}
	fmt.Fprintln(os.Stderr, "cluster: building Kubernetes", kubernetesVersion, "(6 to 11 minutes on two cores, once)")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	major, minor, _ := strings.Cut(strings.TrimPrefix(kubernetesVersion, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	const at = "-X k8s.io/component-base/version."
	flags := "-s -w " + at + "gitVersion=" + kubernetesVersion + " " + at + "gitMajor=" + major + " " + at + "gitMinor=" + minor
	binary := filepath.Join(dir, "kubernetes")
	if err := goBuild(source, binary, "-ldflags", flags, "."); err != nil {
		return "", fmt.Errorf("build Kubernetes: %w", err)
	}
	for _, name := range components {
		os.Remove(filepath.Join(dir, name))
		if err := os.Symlink("kubernetes", filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o644)
}

func goBuild(dir, out string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-o", out + ".new"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, tail(output))
	}
	return os.Rename(out+".new", out)
}

// install builds a command of a released module and links it among the tools.
func install(t Tools, name, pkg string) error {
	_, version, _ := strings.Cut(pkg, "@")
	dir := filepath.Join(t.Cache, name+"-"+version)
	binary := filepath.Join(dir, name)
	if _, err := os.Stat(binary); err != nil {
		fmt.Fprintln(os.Stderr, "cluster: building", name, version)
		fresh := dir + ".new"
		cmd := exec.Command("go", "install", "-trimpath", "-ldflags", installFlags, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOBIN="+fresh, "GOFLAGS=-buildvcs=false")
		cmd.Dir = os.TempDir() // outside any module
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", pkg, err, tail(output))
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.Rename(fresh, dir); err != nil {
			return err
		}
	}
	link := t.path(name)
	os.Remove(link)
	return os.Symlink(binary, link)
}

func hashFiles(files ...string) (string, error) {
	h := sha256.New()
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// lock takes an exclusive lock on a file, which is made, and waits for it.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

func isRoot() bool { return os.Geteuid() == 0 }

// tail is the end of a command's output, for an error.
func tail(out []byte) string {
	const most = 2000
	if len(out) > most {
		out = out[len(out)-most:]
	}
	return strings.TrimSpace(string(out))
}
