package artifact

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// Spec returns the spec of a package of the project for spec.Target, with
// every image resolved. All images that can't be are reported together. With
// pushing, leave to push to the target is asked for at the same time; without, the
// target is left alone.
func (r *Remote) Spec(ctx context.Context, spec Spec, pushing bool) (Spec, error) {
	var target *name.Repository
	if pushing {
		target = &spec.Target
	}
	images, err := r.resolveFor(ctx, spec.Project.Images, target)
	spec.Images = images
	return spec, err
}

// SpecFor returns the spec of a package that is attached to an image, in the
// image's repository. The places of the named services run the image; where
// none are named, those do whose own image is the same by its digest. It errors
// where there are none.
func (r *Remote) SpecFor(ctx context.Context, spec Spec, image name.Reference, services []string) (Spec, error) {
	if err := checkServices(spec.Project, services); err != nil {
		return spec, err
	}
	subject, err := r.Resolve(ctx, image)
	if err != nil {
		return spec, fmt.Errorf("reading the image %s: %w", ReferenceName(image), err)
	}
	named := func(place compose.Image) bool { return slices.Contains(services, place.Service) && isService(place) }
	others := slices.DeleteFunc(slices.Clone(spec.Project.Images), named)
	if spec.Images, err = r.ResolveAll(ctx, others); err != nil {
		return spec, err
	}
	spec.Subject, spec.Target = subject, image.Context()
	found := false
	for _, place := range spec.Project.Images {
		if own := spec.Images[place.Path]; own == nil || len(services) == 0 && sameImage(own, subject) {
			spec.Images[place.Path] = subject
			found = true
		}
	}
	if !found {
		return spec, &NoServiceError{Image: ReferenceName(image), Services: spec.Project.Services}
	}
	return spec, nil
}

// isService tells whether a place is the image that a service itself runs,
// rather than one of its volumes' or hooks'.
func isService(place compose.Image) bool {
	return strings.HasSuffix(place.Path, "."+place.Service+".image")
}

// checkServices errors where a name is no service of the project.
func checkServices(project *compose.Project, services []string) error {
	var problems []error
	for _, s := range services {
		if !slices.Contains(project.Services, s) {
			problems = append(problems, fmt.Errorf("no service %q: the project has %s", s, strings.Join(project.Services, ", ")))
		}
	}
	return errors.Join(problems...)
}

// sameImage tells whether two references resolved to the same image, or to
// platforms of it.
func sameImage(a, b *Image) bool {
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

// A NoServiceError tells that no service uses the image to attach to.
type NoServiceError struct {
	Image    string
	Services []string
}

func (e *NoServiceError) Error() string {
	return fmt.Sprintf("no service uses %s: the services are %s", e.Image, strings.Join(e.Services, ", "))
}

// A Pushed is what a push made.
type Pushed struct {
	// Digest is the package's digest reference.
	Digest name.Digest
	// Package is what is there now.
	Package *Package
	// Tag points at it, or is empty.
	Tag string
	// Fallback tells that the registry takes OCI 1.0 only, and that the package is
	// one portable manifest in that form.
	Fallback bool
}

// buildAndPush builds a package and pushes it. The images of a bundle are on
// their way while the package is built: what is copied early is not copied again.
func (r *Remote) buildAndPush(ctx context.Context, spec Spec, options PushOptions) (Pushed, error) {
	early, err := Bundle(spec)
	if err != nil {
		return Pushed{}, err
	}
	var p *Package
	var digest name.Digest
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		images := &Package{Repository: spec.Target, Images: early}
		if err := r.authorize(ctx, images); err != nil {
			return err
		}
		return r.copyImages(ctx, images, options)
	})
	tagged := r.look(ctx, spec.Target.Tag(options.Tag))
	if spec.Subject == nil && options.Tag != "" && !options.Repair {
		group.Go(func() error { tagged(); return nil })
	}
	group.Go(func() (err error) {
		if p, err = Build(ctx, spec); err != nil {
			return err
		}
		digest, err = r.push(ctx, p, options, tagged)
		return err
	})
	if err := group.Wait(); err != nil {
		return Pushed{}, err
	}
	return Pushed{Digest: digest, Package: p, Tag: options.Tag}, nil
}
