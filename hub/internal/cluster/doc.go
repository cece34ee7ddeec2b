// Package cluster owns what a managed cluster is to the hub: its name, tenant, labels and key, how it is enrolled with a
// single-use token, and how its key is revoked. Live links are hub/internal/link's, permission is access's, SQL is
// store's.
package cluster
