// Package web holds the console's built files. It owns nothing but them: the hub serves them (hub/internal/rest), and
// `npm run build` in this folder makes them.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built console, index.html at its root. Before a build it holds nothing but .gitkeep, so that the hub
// builds without Node. Safe for concurrent use.
func FS() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		// fs.Sub refuses only a path that is not valid, and this one is a constant.
		panic(err)
	}
	return files
}
