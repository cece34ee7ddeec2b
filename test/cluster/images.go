package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fairlead/fairlead/test/cluster/image"
)

// The images that every cluster has.
const (
	pauseImage   = "fairlead.local/pause:1"
	busyboxImage = "fairlead.local/busybox:1"
)

// buildImages makes the archives of the base images in the cache.
func buildImages(t Tools, source string) error {
	dir := filepath.Join(t.Cache, "images")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "pause.tar")); err != nil {
		binary := filepath.Join(dir, "pause")
		if err := goBuild(source, binary, "-ldflags", "-s -w", "./pause"); err != nil {
			return err
		}
		if err := image.Write(filepath.Join(dir, "pause.tar"), image.Spec{
			Name: pauseImage, Entrypoint: []string{"/pause"}, User: "65535:65535", Files: []image.File{{Source: binary, Path: "/pause"}},
		}); err != nil {
			return err
		}
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return nil // no containers without it, and none are meant to be
	}
	if _, err := os.Stat(filepath.Join(dir, "busybox.tar")); err == nil {
		return nil
	}
	applets, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return fmt.Errorf("list busybox's applets: %w", err)
	}
	files := []image.File{{Source: busybox, Path: "/bin/busybox"}}
	for applet := range strings.FieldsSeq(string(applets)) {
		if applet != "busybox" {
			files = append(files, image.File{Link: "busybox", Path: "/bin/" + applet})
		}
	}
	return image.Write(filepath.Join(dir, "busybox.tar"), image.Spec{
		Name: busyboxImage, Entrypoint: []string{"/bin/sh"}, User: "65534:65534", Files: files,
	})
}

func runImage(args []string) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	name := flags.String("name", "", "name:tag")
	entrypoint := flags.String("entrypoint", "", `JSON list, e.g. ["/app"]`)
	user := flags.String("user", "65532:65532", "numeric user and group")
	out := flags.String("out", "", "archive to write")
	flags.Usage = func() {
		fmt.Fprintln(os.Stderr, "cluster image -name N:T -entrypoint JSON -out FILE SOURCE:DESTINATION... (or ->TARGET:DESTINATION for a link)")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *name == "" || *out == "" {
		return errors.New("image needs -name and -out")
	}
	spec := image.Spec{Name: *name, User: *user}
	if err := json.Unmarshal([]byte(*entrypoint), &spec.Entrypoint); err != nil {
		return fmt.Errorf("-entrypoint: %w", err)
	}
	for _, arg := range flags.Args() {
		source, destination, ok := strings.Cut(arg, ":")
		if !ok {
			return fmt.Errorf("file %q: SOURCE:DESTINATION is needed", arg)
		}
		if target, link := strings.CutPrefix(source, "->"); link {
			spec.Files = append(spec.Files, image.File{Link: target, Path: destination})
		} else {
			spec.Files = append(spec.Files, image.File{Source: source, Path: destination})
		}
	}
	return image.Write(*out, spec)
}
