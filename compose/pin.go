package compose

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/compose/internal/pinning"
)

// Pin calls [Pinner.Pin] of a new Pinner for the project.
func (p *Project) Pin(ctx context.Context, pins Pins) ([]File, error) {
	pinner, err := p.Pinner(ctx)
	if err != nil {
		return nil, err
	}
	return pinner.Pin(ctx, pins)
}

// A Pinner pins a project repeatedly, such as once for each platform, and does the work
// that does not depend on the pins only once. It is not safe for concurrent use.
type Pinner struct {
	project *Project
	pinner  *pinning.Pinner
}

// Pinner prepares to pin the project. It fails if the project was neither loaded nor
// opened.
func (p *Project) Pinner(ctx context.Context) (*Pinner, error) {
	if p.basis == nil {
		return nil, errors.New("pinning the images: the project was neither loaded nor opened")
	}
	b, err := p.basis(ctx)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", public(err))
	}
	return &Pinner{project: p, pinner: pinning.New(b.project(p.Images))}, nil
}

// Pin returns the files of the project's composition, in the order of its layers: the
// Compose files, then [PinsFile] if it is needed, then the carried files. The merged
// model of the Compose files and the pins file is the project's, except for the images,
// which are those of pins.
//
// Every place of [Project.Images] needs a pin. A pin that is not InPlace goes to the pins
// file and leaves the Compose files as they are, byte for byte. A pin that is InPlace
// changes the bytes of the value in the Compose file that names the image, if every place
// that uses this value has the same pin; otherwise it goes to the pins file, too. A pins
// file among the project's own files is replaced.
//
// Pin does not use the network, and returns the same bytes for the same project and pins.
// It fails if a place has no pin, or if the pinned files would change anything but images.
func (p *Pinner) Pin(ctx context.Context, pins Pins) ([]File, error) {
	in := make(map[string]pinning.Pin, len(pins))
	for path, pin := range pins {
		in[path] = pinning.Pin(pin)
	}
	files, err := p.pinner.Pin(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", public(err))
	}
	return append(composeFiles(files), p.project.Carried...), nil
}

// composeFiles returns files as those of a project.
func composeFiles(files []pinning.File) []File {
	all := make([]File, len(files))
	for i, f := range files {
		all[i] = File{Name: f.Name, Content: f.Content, Kind: ComposeFile}
		if f.ForRegistry {
			all[i].Kind = RegistryFile
		}
	}
	return all
}
