package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// startTimeout bounds each wait; a busy machine is slow.
const startTimeout = 3 * time.Minute

// run starts everything in the order in which the parts need each other, and waits until the cluster is ready for use.
func (c *Cluster) run() error {
	if err := c.makePKI(); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	if c.Real {
		if err := c.makeNetwork(); err != nil {
			return err
		}
	} else if err := c.pickPorts(); err != nil {
		return err
	}
	for file, who := range map[string]string{"admin.kubeconfig": "admin", "kubelet.kubeconfig": "kubelet"} {
		if err := c.writeKubeconfig(file, who); err != nil {
			return err
		}
	}
	steps := []func() error{c.startEtcd, c.startAPI, c.startControllers}
	if c.Real {
		steps = append([]func() error{c.startContainerd}, steps...)
		steps = append(steps, c.loadBaseImages, c.startKubelet, c.startProxy)
	} else {
		steps = append(steps, c.startKwok)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	if err := waitFor("the node to be ready", client.nodeReady); err != nil {
		return err
	}
	return waitFor("the default service account", client.defaultAccount)
}

// waitFor polls until ok.
func waitFor(what string, ok func() bool) error {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return nil
		}
	}
	return fmt.Errorf("waited %s for %s", startTimeout, what)
}

// pickPorts takes free ports of loopback for a control plane that has no network of its own.
func (c *Cluster) pickPorts() error {
	c.Ports = map[string]int{}
	for _, name := range []string{"api", "etcd", "etcd-peer", "controllers", "scheduler", "kwok"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close() // all are held until all are picked
		c.Ports[name] = l.Addr().(*net.TCPAddr).Port
	}
	return c.save()
}

// port is a part's own on loopback, or the usual one in a namespace.
func (c *Cluster) port(name string, usual int) string {
	if p := c.Ports[name]; p != 0 {
		return strconv.Itoa(p)
	}
	return strconv.Itoa(usual)
}

func (c *Cluster) etcdURL() string { return "http://127.0.0.1:" + c.port("etcd", 2379) }

func (c *Cluster) startEtcd() error {
	etcd, err := exec.LookPath("etcd")
	if err != nil {
		return err
	}
	peer := "http://127.0.0.1:" + c.port("etcd-peer", 2380)
	return c.start("etcd", etcd, "--data-dir="+c.path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+c.etcdURL(), "--advertise-client-urls="+c.etcdURL(),
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
		"--quota-backend-bytes=8589934592", "--auto-compaction-mode=periodic", "--auto-compaction-retention=10m")
}

func (c *Cluster) startAPI() error {
	bind := "0.0.0.0"
	if !c.Real {
		bind = "127.0.0.1"
	}
	err := c.start("kube-apiserver", c.tools.path("kube-apiserver"),
		"--etcd-servers="+c.etcdURL(), "--bind-address="+bind, "--secure-port="+c.port("api", 6443), "--advertise-address="+c.NodeIP,
		"--client-ca-file="+c.path("pki/ca.crt"), "--tls-cert-file="+c.path("pki/api.crt"), "--tls-private-key-file="+c.path("pki/api.key"),
		"--service-account-key-file="+c.path("pki/sa.pub"), "--service-account-signing-key-file="+c.path("pki/sa.key"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=Node,RBAC", "--kubelet-client-certificate="+c.path("pki/admin.crt"), "--kubelet-client-key="+c.path("pki/admin.key"),
		"--allow-privileged=true", "--kubelet-preferred-address-types=InternalIP", "--endpoint-reconciler-type="+c.reconciler())
	if err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	return waitFor("the API server", client.ready)
}

// reconciler is none where the API server is on loopback, which no Endpoints may hold.
func (c *Cluster) reconciler() string {
	if c.Real {
		return "lease"
	}
	return "none"
}

func (c *Cluster) startControllers() error {
	kubeconfig := "--kubeconfig=" + c.path("admin.kubeconfig")
	err := c.start("kube-controller-manager", c.tools.path("kube-controller-manager"), kubeconfig,
		"--service-account-private-key-file="+c.path("pki/sa.key"), "--root-ca-file="+c.path("pki/ca.crt"),
		"--use-service-account-credentials", "--leader-elect=false", "--secure-port="+c.port("controllers", 10257), "--bind-address=127.0.0.1",
		"--cluster-signing-cert-file="+c.path("pki/ca.crt"), "--cluster-signing-key-file="+c.path("pki/ca.key"))
	if err != nil {
		return err
	}
	return c.start("kube-scheduler", c.tools.path("kube-scheduler"), kubeconfig, "--leader-elect=false",
		"--secure-port="+c.port("scheduler", 10259), "--bind-address=127.0.0.1")
}

func (c *Cluster) startKubelet() error {
	config := fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %[1]s/pki/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /%[2]s
failSwapOn: false
failCgroupV1: false
tlsCertFile: %[1]s/pki/kubelet.crt
tlsPrivateKeyFile: %[1]s/pki/kubelet.key
containerRuntimeEndpoint: unix://%[3]s
resolvConf: ""
localStorageCapacityIsolation: false
evictionHard: {memory.available: "100Mi"}
podLogsDir: %[1]s/podlogs
`, c.dir, c.cgroup(), c.containerdSocket())
	if err := os.WriteFile(c.path("kubelet.yaml"), []byte(config), 0o644); err != nil {
		return err
	}
	if err := c.makeCgroups(); err != nil {
		return err
	}
	return c.start("kubelet", c.tools.path("kubelet"), "--config="+c.path("kubelet.yaml"), "--kubeconfig="+c.path("kubelet.kubeconfig"),
		"--hostname-override="+c.nodeName(), "--node-ip="+c.NodeIP, "--root-dir="+c.path("kubelet"))
}

func (c *Cluster) startProxy() error {
	config := fmt.Sprintf(`apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: %s}
hostnameOverride: %s
clusterCIDR: %s
conntrack: {maxPerCore: 0, min: 0, tcpBeLiberal: false}
`, c.path("admin.kubeconfig"), c.nodeName(), c.PodCIDR)
	if err := os.WriteFile(c.path("kube-proxy.yaml"), []byte(config), 0o644); err != nil {
		return err
	}
	return c.start("kube-proxy", c.tools.path("kube-proxy"), "--config="+c.path("kube-proxy.yaml"))
}
