// Command tunnel measures what a bulk stream through Fairlead's tunnel costs, as ratios within one run.
//
//	go run . -out FILE.json [-rounds 7] [-mib 256] [-delay 50ms]
//
// One stream carries -mib MiB from the agent to the hub (a download) on loopback, both ends in this process, by plain
// TLS 1.3, by a shared/tunnel session of class Bulk on TLS 1.3, and by rancher/remotedialer on WebSocket on TLS 1.3.
// Rounds are interleaved, so that a busy machine slows all alike; garbage is collected before each download, for all
// carriers; medians are compared. Windows of 4 and 8 MiB beside the default of 16 are measured in the same rounds, and all
// three through a proxy that delays each direction by -delay. The ratios are of the default window.
//
// It has a module of its own so that remotedialer is no dependency of Fairlead. It leaves correctness to the tests of
// shared/tunnel.
package main
