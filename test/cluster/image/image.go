// Package image assembles container images without Docker: one layer, in the archive form of `docker save`, which
// containerd imports. Equal inputs give equal bytes.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"sort"
	"strings"
)

// File is one file of an image: a copy of Source, or a symbolic link to Link.
type File struct {
	Source, Link string
	Path         string // absolute, in the image
}

// Spec says what an image is.
type Spec struct {
	Name       string // name:tag
	Entrypoint []string
	User       string // numeric
	Files      []File
}

// Write assembles an image into file.
func Write(file string, s Spec) error {
	layer, err := s.layer()
	if err != nil {
		return fmt.Errorf("assemble image %s: %w", s.Name, err)
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Entrypoint": s.Entrypoint, "User": s.User, "Env": []string{"PATH=/bin"}, "WorkingDir": "/"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hexSum(layer)}},
	})
	if err != nil {
		return err
	}
	configName := hexSum(config) + ".json"
	manifest, err := json.Marshal([]map[string]any{{"Config": configName, "RepoTags": []string{s.Name}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, part := range []struct {
		name    string
		content []byte
	}{{configName, config}, {"layer.tar", layer}, {"manifest.json", manifest}} {
		if err := w.WriteHeader(&tar.Header{Name: part.name, Mode: 0o644, Size: int64(len(part.content))}); err != nil {
			return err
		}
		if _, err := w.Write(part.content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", archive.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (s Spec) layer() ([]byte, error) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	made := map[string]bool{"/": true}
	var makeDir func(string) error
	makeDir = func(dir string) error {
		if made[dir] {
			return nil
		}
		if err := makeDir(path.Dir(dir)); err != nil {
			return err
		}
		made[dir] = true
		mode := int64(0o755)
		if dir == "/tmp" {
			mode = 0o1777
		}
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimPrefix(dir, "/") + "/", Mode: mode})
	}
	for _, dir := range []string{"/dev", "/etc", "/proc", "/sys", "/tmp"} {
		if err := makeDir(dir); err != nil {
			return nil, err
		}
	}
	files := append([]File(nil), s.Files...)
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	for _, f := range files {
		if err := makeDir(path.Dir(f.Path)); err != nil {
			return nil, err
		}
		if err := add(w, f); err != nil {
			return nil, err
		}
	}
	return layer.Bytes(), w.Close()
}

func add(w *tar.Writer, f File) error {
	name := strings.TrimPrefix(f.Path, "/")
	if f.Link != "" {
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: f.Link, Mode: 0o777})
	}
	in, err := os.Open(f.Source)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}
