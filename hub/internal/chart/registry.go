// Package chart owns the agent's chart as the hub hands it out: packed once, under the hub's own version, and served
// read-only as an OCI artifact (distribution-spec 1.1) where `helm … oci://HUB/charts/fairlead-agent` finds it. The chart
// is no secret: it holds neither token nor key. Its content is charts/fairlead-agent's.
package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// Name is the chart's, and its place below charts/.
const Name = "fairlead-agent"

// Media types as Helm writes and expects them.
const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.cncf.helm.config.v1+json"
	contentType  = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// maxFile bounds each file of the chart, in bytes.
const maxFile = 1 << 20

// Options of a Registry.
type Options struct {
	Version string // becomes the chart's version and appVersion
}

// Registry serves one chart in one version below /v2/. Immutable; safe for concurrent use.
type Registry struct {
	version  string
	manifest blob
	blobs    map[string]blob // by digest
}

type blob struct {
	mediaType string
	digest    string
	content   []byte
}

func newBlob(mediaType string, content []byte) blob {
	sum := sha256.Sum256(content)
	return blob{mediaType, "sha256:" + hex.EncodeToString(sum[:]), content}
}

// New packs the chart whose files are in files, from Chart.yaml on. Equal inputs give equal bytes.
func New(files fs.FS, o Options) (*Registry, error) {
	metadata, err := readMetadata(files, o.Version)
	if err != nil {
		return nil, err
	}
	archive, err := pack(files, metadata)
	if err != nil {
		return nil, fmt.Errorf("pack chart: %w", err)
	}
	config, err := json.Marshal(metadata)
	if err != nil {
		return nil, fmt.Errorf("pack chart: %w", err)
	}
	r := &Registry{version: o.Version, blobs: map[string]blob{}}
	for _, b := range []blob{newBlob(configType, config), newBlob(contentType, archive)} {
		r.blobs[b.digest] = b
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType,
		"config": descriptor(newBlob(configType, config)), "layers": []any{descriptor(newBlob(contentType, archive))},
		"annotations": map[string]string{
			"org.opencontainers.image.title": Name, "org.opencontainers.image.version": o.Version,
			"org.opencontainers.image.description": fmt.Sprint(metadata["description"]),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("pack chart: %w", err)
	}
	r.manifest = newBlob(manifestType, manifest)
	return r, nil
}

func descriptor(b blob) map[string]any {
	return map[string]any{"mediaType": b.mediaType, "digest": b.digest, "size": len(b.content)}
}

// readMetadata is Chart.yaml with this version.
func readMetadata(files fs.FS, version string) (map[string]any, error) {
	raw, err := fs.ReadFile(files, "Chart.yaml")
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	var metadata map[string]any
	if err := yaml.Unmarshal(raw, &metadata); err != nil {
		return nil, fmt.Errorf("read Chart.yaml: %w", err)
	}
	if metadata["name"] != Name {
		return nil, fmt.Errorf("the chart is called %v; %s is expected", metadata["name"], Name)
	}
	metadata["version"], metadata["appVersion"] = version, version
	return metadata, nil
}

// pack writes the archive that `helm package` would, without times or owners. fs.WalkDir goes in order.
func pack(files fs.FS, metadata map[string]any) ([]byte, error) {
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	w := tar.NewWriter(zipped)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if name == "Chart.yaml" {
			if content, err = yaml.Marshal(metadata); err != nil {
				return err
			}
		}
		if len(content) > maxFile {
			return fmt.Errorf("file %s has %d bytes; at most %d are taken", name, len(content), maxFile)
		}
		if err := w.WriteHeader(&tar.Header{Name: path.Join(Name, name), Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	if err := errors.Join(err, w.Close(), zipped.Close()); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}

// Version returns the version under which the chart is served.
func (r *Registry) Version() string { return r.version }

// tag is the version as OCI tags write it: Helm turns "+" into "_".
func (r *Registry) tag() string { return strings.ReplaceAll(r.version, "+", "_") }

// ServeHTTP answers the read half of the distribution API.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "This registry is read-only.")
		return
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(req.URL.Path, "/v2"), "/charts/"+Name+"/")
	kind, reference, _ := strings.Cut(rest, "/")
	switch {
	case req.URL.Path == "/v2/" || req.URL.Path == "/v2":
		write(w, req, "application/json", []byte("{}"))
	case !ok:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "The only chart here is charts/"+Name+".")
	case rest == "tags/list":
		tags, _ := json.Marshal(map[string]any{"name": "charts/" + Name, "tags": []string{r.tag()}}) // strings always encode
		write(w, req, "application/json", tags)
	case kind == "manifests" && (reference == r.tag() || reference == r.manifest.digest):
		r.send(w, req, r.manifest)
	case kind == "manifests":
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "The only version here is "+r.version+".")
	case kind == "blobs":
		b, found := r.blobs[reference]
		if !found {
			refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "There is no such blob.")
			return
		}
		r.send(w, req, b)
	default:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "There is no such address.")
	}
}

func (r *Registry) send(w http.ResponseWriter, req *http.Request, b blob) {
	w.Header().Set("Docker-Content-Digest", b.digest)
	w.Header().Set("ETag", `"`+b.digest+`"`)
	write(w, req, b.mediaType, b.content)
}

func write(w http.ResponseWriter, req *http.Request, mediaType string, content []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if req.Method == http.MethodGet {
		w.Write(content)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	body, _ := json.Marshal(map[string]any{"errors": []any{map[string]string{"code": code, "message": message}}}) // strings always encode
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}
