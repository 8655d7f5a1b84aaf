package demo

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// An Image is an image of the application.
type Image struct {
	// Name is its repository and tag.
	Name string
	// Port is the port of its program, or 0.
	Port int
}

// Images returns the images of the application.
func Images() []Image { return []Image{{"images/web:1.0", 80}, {"images/db:17", 5432}} }

// Push pushes the images to a registry on this machine, host:port, each for two platforms,
// and returns their references. They run program, which may be empty, on this machine's
// architecture.
func Push(ctx context.Context, host string, program []byte) ([]string, error) {
	var refs []string
	var layers []v1.Layer
	if len(program) > 0 {
		layer, err := newLayer("ocompose", 0o755, program)
		if err != nil {
			return nil, err
		}
		layers = []v1.Layer{layer}
	}
	for _, image := range Images() {
		tag, err := name.NewTag(host+"/"+image.Name, name.Insecure)
		if err != nil {
			return nil, err
		}
		index, err := newIndex(image, layers)
		if err != nil {
			return nil, fmt.Errorf("building %s: %w", tag, err)
		}
		if err := remote.WriteIndex(tag, index, remote.WithContext(ctx)); err != nil {
			return nil, fmt.Errorf("pushing %s: %w", tag, err)
		}
		refs = append(refs, tag.String())
	}
	return refs, nil
}

func newIndex(image Image, program []v1.Layer) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range []string{"amd64", "arm64"} {
		own := program
		if arch != runtime.GOARCH {
			own = nil
		}
		made, err := newImage(image, arch, own)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        made,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	return index, nil
}

// newImage builds an image from a layer with a text file, and the program's layer if there
// is one.
func newImage(image Image, arch string, program []v1.Layer) (v1.Image, error) {
	text, err := newLayer("README", 0o644, fmt.Appendf(nil, "The demo's %s for linux/%s.\n", image.Name, arch))
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	made, err := mutate.AppendLayers(base, append([]v1.Layer{text}, program...)...)
	if err != nil {
		return nil, err
	}
	config, err := made.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", arch
	if len(program) > 0 {
		config.Config.Entrypoint = []string{"/ocompose", "serve", "--quiet", "--listen", fmt.Sprintf(":%d", image.Port)}
		config.Config.ExposedPorts = map[string]struct{}{fmt.Sprintf("%d/tcp", image.Port): {}}
	}
	return mutate.ConfigFile(made, config)
}

// newLayer builds a layer with one file.
func newLayer(name string, mode int64, content []byte) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Format: tar.FormatPAX}); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return static.NewLayer(archive.Bytes(), types.OCIUncompressedLayer), nil
}
