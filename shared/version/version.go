// Package version says which build this is and which tunnel protocols it speaks.
package version

import "runtime/debug"

// Protocol history. One line for each bump, newest last; never edit a line.
//
//	1 (2026-11-23) first: signed hellos, interactive and bulk connections, kinds relay, kube and heartbeat.
const (
	// Protocol is the newest tunnel protocol that this build speaks.
	Protocol = 1
	// MinProtocol is the oldest tunnel protocol that this build still speaks: hub N serves agents N and N-1.
	MinProtocol = 1
)

// number is set by -ldflags "-X github.com/fairlead/fairlead/shared/version.number=…" in release builds.
var number = "0.1.0-dev"

// Number returns the version of this build as SemVer 2.0, without a leading "v".
func Number() string { return number }

// Commit returns the VCS revision that the Go toolchain recorded, or "unknown".
func Commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
