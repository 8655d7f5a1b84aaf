package artifact

import (
	"bytes"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/margo"
)

// Format tells who the package is for.
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

// isMargo tells whether the composition is a component for Margo.
func (c Composition) isMargo() bool { return c.Manifest != nil && isMargo(*c.Manifest) }

func isMargo(m v1.Manifest) bool { return m.ArtifactType == MargoType }

// Archive returns the descriptor of the archive that has the files of a Margo package, which
// [Composition.Open] opens. There is none for any other composition, whose files are layers.
func (c Composition) Archive() (d v1.Descriptor, ok bool, err error) {
	if !c.isMargo() || c.archive != nil {
		return v1.Descriptor{}, false, nil
	}
	layers := c.Manifest.Layers
	if len(layers) != 1 || layers[0].MediaType != MargoArchiveType {
		return v1.Descriptor{}, false, fmt.Errorf("composition %s is a Margo package, but does not have exactly one layer, of the type %s", c.Descriptor.Digest, MargoArchiveType)
	}
	if layers[0].Size > margo.MaxSize {
		return v1.Descriptor{}, false, fmt.Errorf("composition %s: its archive has %d bytes, and at most %d are read", c.Descriptor.Digest, layers[0].Size, margo.MaxSize)
	}
	return layers[0], true, nil
}

// Open returns a Margo package with the files of its archive, whose digest the caller has
// checked. It errors for an archive that is damaged, or has what no such archive may have.
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

// An openedArchive is what is in the archive of a Margo package.
type openedArchive struct {
	folder string
	layers []Layer
}

// Component is what Margo calls a package whose archive was opened; "" for any other.
func (c Composition) Component() string {
	if c.archive == nil {
		return ""
	}
	return c.archive.folder
}

// errMargo is why a Margo package can't be changed.
var errMargo = &FormatError{MargoFormat, "such a package is copied as it is: its images stay where they are, and it is for all platforms"}
