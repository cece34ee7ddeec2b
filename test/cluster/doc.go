// Command cluster runs complete Kubernetes clusters for tests and the demo, without Docker: each in a network namespace of
// its own, behind NAT, with etcd, API server, controller manager, scheduler, containerd, kubelet and kube-proxy. Where
// there is no root it runs a control plane with simulated nodes (kwok) instead, and says so.
//
// Everything of a cluster lies in one folder (see Home); everything that is built lies in a cache outside the tree, named
// by version. README.md tells how to use it.
package main
