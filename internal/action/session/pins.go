package session

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// Pins resolves the images of a project and returns what a push would pin them to: in the
// portable composition, or in the one for a platform.
func (s *Session) Pins(ctx context.Context, project *compose.Project, platform *v1.Platform) (compose.Pins, error) {
	images, err := Resolver{Session: s}.ByPath(ctx, project.Images)
	if err != nil {
		return nil, err
	}
	options := artifact.Options{Mode: artifact.Loose, Legacy: platform == nil} // one portable composition
	if platform != nil {
		options.Platforms = []v1.Platform{*platform}
	}
	spec, err := artifact.NewSpec(project, images, options)
	if err != nil {
		return nil, err
	}
	return spec.Parts[0].Pins, nil
}
