package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// Attach packages a project and attaches it to an image: the package is stored in the image's
// repository, has the image as its subject, and points the services that run the image at
// it. These are the named services, or if none are named, those whose own image is the same
// by digest. It returns a [NoServiceError] if there are none.
//
// In a dry run, target stands for the image's repository.
func Attach(ctx context.Context, s *session.Session, image name.Reference, target store.Target, project *compose.Project, services []string, options artifact.Options, push PushOptions) (Pushed, error) {
	if err := checkServices(project, services); err != nil {
		return Pushed{}, err
	}
	p := NewPublisher(ctx, s, target, push)
	if err := p.checkTag(project, image.Context()); err != nil {
		return Pushed{}, err
	}
	if push.Tag == image.Identifier() || push.PortableTag == image.Identifier() || slices.Contains(push.AlsoTags, image.Identifier()) {
		return Pushed{}, &ReplaceError{Ref: artifact.ReferenceName(image), Is: "the image to attach to", Always: true}
	}
	subject, err := s.Resolve(ctx, image)
	if err != nil {
		return Pushed{}, fmt.Errorf("reading the image %s: %w", artifact.ReferenceName(image), err)
	}
	named := func(place compose.Image) bool { return slices.Contains(services, place.Service) && isService(place) }
	others := slices.DeleteFunc(slices.Clone(project.Images), named)
	images, err := session.Resolver{Session: s, Target: target, Engine: push.Engine}.ByPath(ctx, others)
	if err != nil {
		return Pushed{}, err
	}
	found := false
	for _, place := range project.Images {
		if own := images[place.Path]; own == nil || len(services) == 0 && sameImage(own, subject) {
			images[place.Path] = subject
			found = true
		}
	}
	if !found {
		return Pushed{}, &NoServiceError{Image: artifact.ReferenceName(image), Services: project.Services}
	}
	if options.Subject = subject; !options.As {
		options.Repository = image.Context()
	}
	if project, err = bundleIncludes(ctx, s, project, &options); err != nil {
		return Pushed{}, err
	}
	return p.PushProject(ctx, project, images, options)
}

// isService reports whether a place is the image that a service itself runs, rather than one
// of its volumes' or hooks'.
func isService(place compose.Image) bool {
	return strings.HasSuffix(place.Path, "."+place.Service+".image")
}

// checkServices returns an error for names that are not services of the project.
func checkServices(project *compose.Project, services []string) error {
	var problems []error
	for _, s := range services {
		if !slices.Contains(project.Services, s) {
			problems = append(problems, fmt.Errorf("no service %q: the project has %s", s, strings.Join(project.Services, ", ")))
		}
	}
	return errors.Join(problems...)
}

// sameImage reports whether two references resolved to the same image, or to platforms of it.
func sameImage(a, b *artifact.Image) bool {
	if a.Root.Descriptor.Digest == b.Root.Descriptor.Digest {
		return true
	}
	for _, m := range a.Manifests {
		for _, n := range b.Manifests {
			if m.Digest == n.Digest {
				return true
			}
		}
	}
	return false
}

// A NoServiceError reports that no service uses the image to attach to.
type NoServiceError struct {
	Image    string
	Services []string
}

func (e *NoServiceError) Error() string {
	return fmt.Sprintf("no service uses %s: the services are %s", e.Image, strings.Join(e.Services, ", "))
}
