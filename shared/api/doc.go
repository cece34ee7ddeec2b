// Package api holds the types of Fairlead's REST API (/api/v1): what goes over the wire, and nothing else. The hub's
// OpenAPI 3.1 document is generated from them; the CLI and the console's TypeScript types follow from that.
//
// Times are RFC 3339 in UTC. Ids are opaque strings. Lists are pages: items and, if there are more, nextCursor.
package api
