package program

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/session"
)

// SelectComposition reads the composition to pull.
func (c Call) SelectComposition(at session.Location, platform *v1.Platform) (artifact.Composition, error) {
	asked := artifact.MachinePlatform()
	if platform != nil {
		asked = *platform
	}
	p, composition, err := c.Session.FetchFor(c.Ctx, at, func(p *artifact.Package) (artifact.Composition, error) { return p.Select(asked) })
	if err != nil {
		return artifact.Composition{}, err
	}
	NotePortable(c.t, p, composition, asked, platform != nil)
	return composition, nil
}

// NotePortable prints a note if the chosen composition may not be for the platform; explicit
// is set if the user selected the platform.
func NotePortable(t *terminal.Terminal, p *artifact.Package, chosen artifact.Composition, asked v1.Platform, explicit bool) {
	switch {
	case chosen.Platform != nil:
	case p.IsIndex():
		t.Note("there is no composition for %s: using the portable one, whose images may not run on that platform", asked)
	case explicit:
		t.Note("the composition does not state its platform")
	}
}
