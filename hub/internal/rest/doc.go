// Package rest owns the hub's REST API (/api/v1, described by an OpenAPI 3.1 document that is generated from this code),
// the CA certificate's address, health for load balancers and the console's files. It turns requests into calls of the
// capability packages and their answers into JSON or problem+json; it decides nothing itself but who may call what.
package rest
