// Package charts holds the Helm charts. The hub carries the agent's chart inside and serves it, see hub/internal/chart.
package charts

import (
	"embed"
	"io/fs"
)

//go:embed all:fairlead-agent
var files embed.FS

// Agent returns the agent's chart, from Chart.yaml on.
func Agent() fs.FS {
	agent, err := fs.Sub(files, "fairlead-agent")
	if err != nil {
		panic(err) // the name is a constant
	}
	return agent
}
