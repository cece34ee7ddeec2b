// Package kubehttp owns what the hub's and the agent's reverse proxy share when they carry requests for a Kubernetes API
// server: which requests are refused before anything looks at them, what a request asks for (Info), errors in
// Kubernetes' own form (metav1.Status), so that kubectl prints them as it prints the API server's, and the proxy's
// buffers. Who may do what is left to hub/internal/access, agent/internal/ceiling and Kubernetes' RBAC.
package kubehttp
