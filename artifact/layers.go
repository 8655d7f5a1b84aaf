package artifact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/limits"
)

// A Layer is a file of a composition: what it is called and where its content is.
type Layer struct {
	// File has no content yet, unless InMemory is true: then that is where the content is.
	File     compose.File
	InMemory bool
	// Descriptor is the blob's.
	Descriptor v1.Descriptor
}

// Layers returns the files of the composition in their order, under checked names: every
// one is a relative path with slashes that stays in its folder, and no two are the same
// file, or a file and its folder, on any file system. Layers of other media types are left
// out, as Docker Compose does. The composition has been read, and the archive of a Margo
// package opened.
func (c Composition) Layers() ([]Layer, error) {
	switch {
	case c.archive != nil:
		return slices.Clone(c.archive.layers), nil
	case c.isMargo():
		return nil, fmt.Errorf("composition %s is a Margo package whose archive was not opened", c.Descriptor.Digest)
	}
	if len(c.Manifest.Layers) > limits.CompositionFiles {
		return nil, fmt.Errorf("composition %s: %w", c.Descriptor.Digest, &limits.Error{What: "layers", Limit: limits.CompositionFiles})
	}
	var all []Layer
	names := filename.NewSet()
	for i, d := range c.Manifest.Layers {
		file, ok := layerFile(i, d)
		if !ok {
			continue
		}
		if file.Kind.IsMerged() && title(d) == "" && names.Has(file.Name) {
			// Docker Compose publishes base names only, which may repeat.
			file.Name = fmt.Sprintf("compose.%d.yaml", i)
		}
		if err := names.Add(file.Name); err != nil {
			return nil, fmt.Errorf("composition %s, layer %s: %w", c.Descriptor.Digest, d.Digest, err)
		}
		all = append(all, Layer{File: file, Descriptor: d})
	}
	return all, nil
}

// layerFile tells which file the i-th layer is.
func layerFile(i int, d v1.Descriptor) (compose.File, bool) {
	file := compose.File{Name: cmp.Or(title(d), strings.TrimSpace(d.Annotations[AnnotationPath])), Executable: d.Annotations[AnnotationExecutable] == "true"}
	fallback := ""
	switch d.MediaType {
	case ComposeFileType:
		file.Kind, fallback = compose.ComposeFile, d.Annotations[AnnotationFile]
		if _, ok := d.Annotations[AnnotationExtends]; ok {
			file.Kind = compose.RestoredFile
		} else if d.Annotations[AnnotationUse] == UseRegistry {
			file.Kind = compose.RegistryFile
		}
		if fallback == "" {
			fallback = fmt.Sprintf("compose.%d.yaml", i)
			if i == 0 {
				fallback = "compose.yaml"
			}
		}
	case RestoredFileType:
		file.Kind, fallback = compose.RestoredFile, d.Annotations[AnnotationEnvFile]
		if name := fallback; name != file.Name && !strings.Contains(name, "/") && filename.Check(name) == nil {
			file.RestoredAs = name
		}
	case ExtraFileType:
		file.Kind = compose.ExtraFile
	default:
		return compose.File{}, false
	}
	if file.Name == "" {
		file.Name, file.RestoredAs = fallback, ""
	}
	return file, true
}
