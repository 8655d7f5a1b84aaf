package artifact

import (
	"bytes"
	"fmt"
	"maps"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/margo"
)

// Format returns the format of the package.
func (p *Package) Format() Format {
	c := p.Compositions[0]
	switch {
	case c.isMargo():
		return MargoFormat
	case !p.IsIndex() && c.Manifest != nil && c.Manifest.Annotations[AnnotationAppType] == composeKind:
		return FlightCtlFormat
	default:
		return DockerFormat
	}
}

// isMargo reports whether the composition is a Margo component.
func (c Composition) isMargo() bool { return c.Manifest != nil && isMargo(*c.Manifest) }

func isMargo(m v1.Manifest) bool { return m.ArtifactType == MargoType }

// Archive returns the descriptor of the archive with the files of a Margo package, for
// [Composition.Open]. ok is false for other compositions, whose files are layers. It fails
// if a Margo package does not have exactly one archive, or if the archive is too large.
func (c Composition) Archive() (d v1.Descriptor, ok bool, err error) {
	if !c.isMargo() || c.archive != nil {
		return v1.Descriptor{}, false, nil
	}
	layers := c.Manifest.Layers
	if len(layers) != 1 || layers[0].MediaType != MargoArchiveType {
		return v1.Descriptor{}, false, fmt.Errorf("composition %s is a Margo package, but does not have exactly one layer, of the type %s", c.Descriptor.Digest, MargoArchiveType)
	}
	if layers[0].Size > margo.MaxSize {
		return v1.Descriptor{}, false, fmt.Errorf("composition %s: its archive is too large: %d bytes (the limit is %d)", c.Descriptor.Digest, layers[0].Size, margo.MaxSize)
	}
	return layers[0], true, nil
}

// Open returns a Margo package with the files of its archive, whose digest the caller has
// checked. It fails if the archive is damaged or has entries that are not allowed.
func (c Composition) Open(archive []byte) (Composition, error) {
	read, err := margo.Read(bytes.NewReader(archive))
	if err != nil {
		return c, fmt.Errorf("reading the archive of composition %s: %w", c.Descriptor.Digest, err)
	}
	opened := &openedArchive{folder: read.Folder}
	names := filename.NewSet()
	for _, f := range read.Files {
		if err := names.Add(f.Name); err != nil {
			return c, fmt.Errorf("reading the archive of composition %s: %w", c.Descriptor.Digest, err)
		}
		file := compose.File{Name: f.Name, Content: f.Content, Kind: compose.RestoredFile, Executable: f.Executable}
		if f.Name == margo.ComposeFile {
			file.Kind = compose.ComposeFile
		}
		content, err := newContent(layerType(file.Kind), f.Content)
		if err != nil {
			return c, err
		}
		opened.layers = append(opened.layers, Layer{File: file, Descriptor: content.Descriptor, InMemory: true})
	}
	c.archive = opened
	return c, nil
}

// An openedArchive holds the content of a Margo package's archive.
type openedArchive struct {
	folder string
	layers []Layer
}

// Component returns the Margo component name of a package whose archive was opened,
// otherwise "".
func (c Composition) Component() string {
	if c.archive == nil {
		return ""
	}
	return c.archive.folder
}

// errMargo reports that a Margo package can't be changed.
var errMargo = &FormatError{MargoFormat, "it can only be copied unchanged: its images are not copied, and it is for all platforms"}

// Media types and annotations of Compose components for Margo.
//
// See https://github.com/margo/specification/blob/4f481c1767ab368afa8ffcd26f784a3fe926bcfb/system-design/specification/applications/application-registry.md#compose-component-registry.
const (
	// MargoType is the artifactType.
	MargoType = "application/vnd.org.margo.component.compose+json"
	// MargoArchiveType is the media type of the component's only layer.
	MargoArchiveType types.MediaType = "application/vnd.org.margo.component.compose.tar+gzip"
	// AnnotationMargoType marks a component as a Compose component, and AnnotationMargoVersion
	// is its version. Both are required on the layer.
	AnnotationMargoType    = "org.margo.component.type"
	AnnotationMargoVersion = "org.margo.component.version"
)

// margoAnnotations returns the annotations of a component's manifest, including the given
// ones.
func margoAnnotations(given map[string]string, component, version string) map[string]string {
	all := map[string]string{ocispec.AnnotationTitle: component, ocispec.AnnotationVersion: version}
	maps.Copy(all, given)
	all[AnnotationMargoType], all[AnnotationMargoVersion] = composeKind, version
	return all
}

// CheckTag returns a [FormatError] if the package must not have the tag: a version that is
// not the version of the Margo component. Margo devices look for a version under the tag
// with that name.
func (p *Package) CheckTag(tag string) error {
	if c := p.Compositions[0]; c.isMargo() {
		return checkMargoTag(tag, c.Manifest.Annotations[AnnotationMargoVersion])
	}
	return nil
}

// checkMargoTag checks a tag of a component with a version, which is "" if unknown. A tag
// that is not a version is allowed, because Margo devices don't use it.
func checkMargoTag(tag, version string) error {
	if another, err := margo.VersionOf(tag); err == nil && version != "" && another != version {
		return &FormatError{MargoFormat, fmt.Sprintf("the tag %s is a version, and the version of the component is %s", tag, version)}
	}
	return nil
}

// margoLayer returns the archive of a composition's files. Its only Compose file has all
// pins.
func (f compositionForm) margoLayer(files []compose.File) ([]mutate.Addendum, error) {
	if err := filename.Check(f.component); err != nil {
		return nil, &FormatError{MargoFormat, err.Error()}
	}
	var all []margo.File
	for i, file := range files {
		if i > 0 && file.Kind == compose.ComposeFile {
			return nil, &FormatError{MargoFormat, fmt.Sprintf("the pins need a second Compose file, %s, but the format allows only one", file.Name)}
		}
		all = append(all, margo.File{Name: file.Name, Content: file.Content, Executable: file.Executable})
	}
	content, err := margo.Write(f.component, all)
	if err != nil {
		return nil, &FormatError{MargoFormat, err.Error()}
	}
	annotations := maps.Clone(f.annotations)
	annotations[ocispec.AnnotationTitle] = f.component + "-" + f.tag + ".tar.gz"
	return []mutate.Addendum{{
		Layer:       static.NewLayer(content, MargoArchiveType),
		Annotations: annotations,
	}}, nil
}
