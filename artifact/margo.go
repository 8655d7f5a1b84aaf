package artifact

import (
	"bytes"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

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
