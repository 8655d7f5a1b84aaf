package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is the unprivileged user of the program's process.
const user = 65532

// buildIndex builds the image for the platforms of all programs. The same programs result
// in the same digest.
func buildIndex(programs []program) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range programs {
		image, err := buildImage(p)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &p.platform},
		})
	}
	return mutate.Annotations(index, labels(programs[0])).(v1.ImageIndex), nil
}

// labels returns the labels of the image, with the keys of the OCI image specification.
func labels(p program) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "ocompose",
		"org.opencontainers.image.description": "Packages Docker Compose applications as OCI artifacts",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.source":      "https://github.com/ocompose/ocompose",
		"org.opencontainers.image.version":     p.version,
		"org.opencontainers.image.revision":    p.revision,
	}
}

func buildImage(p program) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, part := range []struct {
		why   string
		files []tar.Header
		bytes []byte
	}{
		{"certificates and folders", []tar.Header{
			folder("etc/", 0, 0o755),
			folder("etc/ssl/", 0, 0o755),
			folder("etc/ssl/certs/", 0, 0o755),
			{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644},
			folder("home/", 0, 0o755),
			folder("home/ocompose/", user, 0o755),
			folder("project/", user, 0o755),
			folder("tmp/", 0, 0o1777),
		}, certificates()},
		{"ocompose", []tar.Header{
			folder("usr/", 0, 0o755),
			folder("usr/bin/", 0, 0o755),
			{Name: "usr/bin/ocompose", Mode: 0o755},
		}, p.content},
	} {
		layer, err := buildLayer(p, part.files, part.bytes)
		if err != nil {
			return nil, err
		}
		image, err = mutate.Append(image, mutate.Addendum{
			Layer:   layer,
			History: v1.History{Created: v1.Time{Time: p.created}, CreatedBy: "hack/image", Comment: part.why},
		})
		if err != nil {
			return nil, err
		}
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.platform.OS, p.platform.Architecture, p.platform.Variant
	config.Created = v1.Time{Time: p.created}
	config.Config = v1.Config{
		Entrypoint: []string{"/usr/bin/ocompose"},
		Env:        []string{"HOME=/home/ocompose", "PATH=/usr/bin"},
		Labels:     labels(p),
		User:       "65532:65532",
		WorkingDir: "/project",
	}
	return mutate.ConfigFile(image, config)
}

func folder(name string, owner int, mode int64) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name, Uid: owner, Gid: owner, Mode: mode}
}

// buildLayer builds a layer with folders and one file with the given content.
func buildLayer(p program, headers []tar.Header, content []byte) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range headers {
		h.Format = tar.FormatPAX
		h.ModTime = p.created
		if h.Typeflag != tar.TypeDir {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeDir {
			if _, err := w.Write(content); err != nil {
				return nil, err
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
}

// certificates returns Mozilla's root certificates as PEM, except those with constraints,
// which PEM can't express.
func certificates() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return out.Bytes()
}
