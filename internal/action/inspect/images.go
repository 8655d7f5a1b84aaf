package inspect

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
)

// Images resolves the images of places to find missing ones.
func Images(ctx context.Context, s *session.Session, places []compose.Image) ([]report.Image, error) {
	resolved, err := session.Resolver{Session: s}.ByPath(ctx, places)
	if err != nil {
		return nil, err
	}
	all := []report.Image{}
	for _, place := range places {
		all = append(all, describeImage(place, resolved[place.Path]))
	}
	return all, nil
}

// Missing returns the errors of images that can't be resolved, joined. Images that the engine may
// have are not missing, if engine is not nil.
func Missing(ctx context.Context, s *session.Session, places []compose.Image, engine *session.EngineImages) error {
	if engine != nil {
		probe := *engine
		probe.ProbeOnly, engine = true, &probe
	}
	_, err := session.Resolver{Session: s, Engine: engine}.ByPath(ctx, places)
	return err
}

// ImagesOf resolves the images of a composition of the package at a location: the one for the
// requested platform, or else the portable one, the only one, or this machine's. A
// bundled image has its original name.
func ImagesOf(ctx context.Context, s *session.Session, at session.Location, platform *v1.Platform) ([]report.Image, error) {
	choose := func(p *artifact.Package) (artifact.Composition, error) { return chooseComposition(p, platform) }
	p, c, err := s.FetchFor(ctx, at, choose)
	if err != nil {
		return nil, err
	}
	project, err := s.Open(ctx, at.Store, c)
	if err != nil {
		return nil, err
	}
	images, err := Images(ctx, s, project.Images)
	if err != nil {
		return nil, err
	}
	origins := map[string]string{}
	for _, d := range p.Images {
		origins[d.Digest.String()] = d.Annotations[artifact.AnnotationImageRef]
	}
	for i, image := range images {
		if origin := origins[image.Digest]; origin != "" {
			images[i].Name = origin
		}
	}
	return images, nil
}

func chooseComposition(p *artifact.Package, platform *v1.Platform) (artifact.Composition, error) {
	if platform != nil {
		return p.Select(*platform)
	}
	if portable, ok := p.Portable(); ok {
		return portable, nil
	}
	if len(p.Compositions) == 1 {
		return p.Compositions[0], nil
	}
	return p.Select(artifact.MachinePlatform())
}

// describeImage returns the document of an image.
func describeImage(place compose.Image, image *artifact.Image) report.Image {
	d := report.Image{
		Path:      place.Path,
		Service:   place.Service,
		Name:      artifact.OriginName(place.Ref),
		Reference: place.Ref,
		Digest:    image.Root.Descriptor.Digest.String(),
		MediaType: string(image.Root.Descriptor.MediaType),
		Platforms: []string{},
	}
	for _, p := range image.Platforms() {
		d.Platforms = append(d.Platforms, p.String())
	}
	return d
}
