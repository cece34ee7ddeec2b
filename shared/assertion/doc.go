// Package assertion owns the statement by which a hub tells an agent on whose behalf a request is made: user and groups,
// valid for minutes, on one link of one cluster. The hub signs (Signer), the agent checks (Verifier).
//
// On the wire it is a JWT (RFC 7519) signed with Ed25519 (RFC 8037), typ "fairlead-assertion+jwt". It decides nothing by
// itself: the agent's ceiling and Kubernetes' RBAC do. Which groups a person has is the hub's access package's to say.
package assertion
