package program

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
)

// SelectComposition reads the composition that is to be pulled.
func (c Call) SelectComposition(at action.Location, platform *v1.Platform) (artifact.Composition, error) {
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

// NotePortable tells where a composition was chosen for a platform that is not known to be
// for it; explicit tells that the user asked for the platform.
func NotePortable(t *terminal.Terminal, p *artifact.Package, chosen artifact.Composition, asked v1.Platform, explicit bool) {
	switch {
	case chosen.Platform != nil:
	case p.IsIndex():
		t.Note("there is no composition for %s: pulled the portable one, whose images may not run on that platform", asked)
	case explicit:
		t.Note("the composition does not say which platform it is for")
	}
}
