// Package facts owns what the agent tells of its cluster: versions, nodes, capacity, provider and region. It reads the
// API server's version and the nodes, nothing else.
package facts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	apiversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// pageSize is how many nodes are read at once.
const pageSize = 250

// Facts is what is known of the cluster.
type Facts struct {
	KubernetesVersion string
	Provider, Region  string
	Nodes, NodesReady int
	CPUMillis         int64
	MemoryBytes       int64
	PodCapacity       int64
}

// Reader reads facts. Safe for concurrent use.
type Reader struct {
	version rest.Interface
	nodes   dynamic.ResourceInterface
}

// NewReader returns a Reader; version is any REST client of the API server.
func NewReader(version rest.Interface, client dynamic.Interface) *Reader {
	return &Reader{version: version, nodes: client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"})}
}

// Read asks the API server, a page of nodes at a time.
func (r *Reader) Read(ctx context.Context) (Facts, error) {
	var f Facts
	raw, err := r.version.Get().AbsPath("/version").DoRaw(ctx)
	if err != nil {
		return f, fmt.Errorf("read Kubernetes' version: %w", err)
	}
	var info apiversion.Info
	if err := json.Unmarshal(raw, &info); err != nil {
		return f, fmt.Errorf("read Kubernetes' version: %w", err)
	}
	f.KubernetesVersion = info.GitVersion

	providers, regions := map[string]int{}, map[string]int{}
	for options := (metav1.ListOptions{Limit: pageSize}); ; {
		page, err := r.nodes.List(ctx, options)
		if err != nil {
			return f, fmt.Errorf("list nodes: %w", err)
		}
		for _, item := range page.Items {
			var node corev1.Node
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &node); err != nil {
				return f, fmt.Errorf("read node %s: %w", item.GetName(), err)
			}
			f.add(&node)
			providers[provider(&node)]++
			regions[node.Labels[corev1.LabelTopologyRegion]]++
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			break
		}
	}
	f.Provider, f.Region = most(providers), most(regions)
	return f, nil
}

func (f *Facts) add(n *corev1.Node) {
	f.Nodes++
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			f.NodesReady++
		}
	}
	f.CPUMillis += n.Status.Allocatable.Cpu().MilliValue()
	f.MemoryBytes += n.Status.Allocatable.Memory().Value()
	f.PodCapacity += n.Status.Allocatable.Pods().Value()
}

// distributions are told by what they write into the kubelet's version or a node's labels.
var distributions = []struct{ mark, name string }{
	{"+k3s", "k3s"}, {"+rke2", "rke2"}, {"-eks-", "aws"}, {"-gke.", "gce"},
}

// provider is the scheme of the node's provider id ("hcloud://123"), or the distribution.
func provider(n *corev1.Node) string {
	if scheme, _, ok := strings.Cut(n.Spec.ProviderID, "://"); ok && scheme != "" && scheme != "k3s" {
		return scheme
	}
	for _, d := range distributions {
		if strings.Contains(n.Status.NodeInfo.KubeletVersion, d.mark) {
			return d.name
		}
	}
	if n.Labels["minikube.k8s.io/name"] != "" {
		return "minikube"
	}
	return ""
}

// most returns the most frequent key, the first by name of several.
func most(counts map[string]int) string {
	best, n := "", 0
	for key, count := range counts {
		if key != "" && (count > n || count == n && key < best) {
			best, n = key, count
		}
	}
	return best
}
