// Package kube owns /k8s/clusters/{id or name}/…: the Kubernetes API of every managed cluster, as kubectl, helm and
// controllers use it. It checks the bearer token and the person's reach, signs the assertion that the agent obeys, and
// passes bytes through the link unbuffered. What a call may do is decided in the cluster: by the agent's ceiling and by
// Kubernetes' RBAC.
//
// Only bearer tokens are read here, never cookies, so that no web page can act through a browser.
package kube
