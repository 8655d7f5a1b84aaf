package artifact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/limits"
)

// A Layer is a file of a composition, with the blob that has its content.
type Layer struct {
	// File has content only if InMemory is true.
	File     compose.File
	InMemory bool
	// Descriptor describes the blob.
	Descriptor v1.Descriptor
}

// Layers returns the files of the composition in order, with checked names: each is a
// relative path with slashes that does not point outside its folder, and no two collide on
// any file system. It skips layers of other media types, as Docker Compose does. The
// composition must have been read ([Composition.Read]), and the archive of a Margo package
// opened ([Composition.Open]).
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

// layerFile returns the file of the i-th layer, without content.
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

// replacedLayers returns the layers of a composition with its Compose files replaced: the
// new ones first, then all others unchanged.
func replacedLayers(from Composition, files []compose.File) ([]mutate.Addendum, error) {
	before, err := from.Layers()
	if err != nil {
		return nil, err
	}
	annotations := map[string]map[string]string{}
	for _, l := range before {
		annotations[l.File.Name] = l.Descriptor.Annotations
	}
	merged := slices.DeleteFunc(slices.Clone(files), func(f compose.File) bool { return !f.Kind.IsMerged() })
	layers := fileLayers(merged, annotations)
	for _, d := range from.Manifest.Layers {
		if !isMerged(d) {
			layers = append(layers, mutate.Addendum{Layer: elsewhereLayer{d}})
		}
	}
	return layers, nil
}

// relayered returns the layers of a composition in order, with new content for the files in
// content, by name.
func relayered(from Composition, named []Layer, content map[string]compose.File) []mutate.Addendum {
	byDigest := map[v1.Hash]compose.File{}
	for _, l := range named {
		if file, ok := content[l.File.Name]; ok {
			byDigest[l.Descriptor.Digest] = file
		}
	}
	var layers []mutate.Addendum
	for _, d := range from.Manifest.Layers {
		if file, ok := byDigest[d.Digest]; ok {
			layers = append(layers, mutate.Addendum{Layer: static.NewLayer(file.Content, d.MediaType), Annotations: d.Annotations})
			continue
		}
		layers = append(layers, mutate.Addendum{Layer: elsewhereLayer{d}})
	}
	return layers
}

// isMerged reports whether a layer is one of the files that Docker Compose merges.
func isMerged(d v1.Descriptor) bool {
	_, extended := d.Annotations[AnnotationExtends]
	return d.MediaType == ComposeFileType && !extended
}
