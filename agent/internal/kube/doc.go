// Package kube owns the agent's reverse proxy to the API server of its cluster: it serves tunnel streams of kind "kube".
// For each request it checks the hub's assertion, refuses inbound impersonation and what is above the ceiling, sets
// impersonation itself and passes the bytes on, unbuffered, upgrades included. The person's rights are Kubernetes' RBAC's
// to decide; the agent's own rights never serve a request.
package kube
