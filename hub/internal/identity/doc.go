// Package identity owns people: users, passwords, sessions, and the tokens that the hub issues and verifies. What a person
// may do is hub/internal/access's to say; cookies and headers are rest's and kube's.
package identity
