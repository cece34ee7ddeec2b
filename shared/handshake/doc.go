// Package handshake owns the first exchange on a tunnel connection: the protocol version, the hub's proof that it holds
// the assertion key which the agent pins, and the agent's enrolment or sign-in by proof of possession of its own key.
//
//	agent                                   hub
//	ClientHello{versions, nonce, class} ──▶
//	                                    ◀── HubHello{version, hub id, nonce, time, key} + signature
//	SignIn{cluster id or token, key, link} + signature ──▶
//	                                    ◀── Welcome{cluster} or Refusal{code, message}
//
// Each frame is a 4-byte big-endian length (at most 16 KiB) and JSON. Signatures (Ed25519) cover a label, both hellos as
// they went over the wire, and the TLS exporter, so that neither a replay nor a relay to another connection is of use;
// the token is sent only after the hub has proved who it is. Where the agent's key and the hub's key are kept, and who
// may sign in, is left to the callers.
package handshake
