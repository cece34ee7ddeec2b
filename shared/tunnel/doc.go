// Package tunnel owns what happens on one authenticated connection between an agent and its hub: yamux on it, streams
// named by their first byte, heartbeats, drain, limits, and the pace at which an agent dials again.
//
// The hub opens streams, the agent accepts them. A link is made of one session for each Class, so that bulk bytes and
// keystrokes never queue behind each other in one TCP connection. Who the peer is was settled before, by
// shared/handshake; dialling is left to the agent, and what a stream carries to its two ends.
//
// Back-pressure is yamux's: a reader that stops holds at most Options.Window bytes of a stream at the receiving end, and
// its writer blocks. yamux 0.1.2 leaves a session open after a write has timed out, and the peer's reads then hang for
// ever (GO-2025-3408): a stream here ends the session instead, and heartbeats find a dead peer well before.
package tunnel
