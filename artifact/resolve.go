package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// configLimit bounds an image's config in bytes: real ones have some kilobytes.
const configLimit = 4 << 20

// ParseImage reads an image reference as users and Compose files write it. The
// error says what is wrong with it.
func ParseImage(ref string) (name.Reference, error) {
	if strings.Contains(ref, "@") {
		return name.NewDigest(ref)
	}
	return name.NewTag(ref)
}

// ResolveAll resolves the images that the places name, each reference once and
// all at a time, and returns them by [compose.Image.Path].
//
// It tries them all and returns the errors of all, each an [ImageError].
func (r *Remote) ResolveAll(ctx context.Context, places []compose.Image) (map[string]*Image, error) {
	return r.resolveFor(ctx, places, nil)
}

// resolveFor is ResolveAll for a package that is pushed to a target, if there is one:
// leave to do so is asked for at the same time.
func (r *Remote) resolveFor(ctx context.Context, places []compose.Image, target *name.Repository) (map[string]*Image, error) {
	byRef, err := r.resolvePlaces(ctx, places, target)
	byPath := map[string]*Image{}
	for _, place := range places {
		if image := byRef[place.Ref]; image != nil {
			byPath[place.Path] = image
		}
	}
	return byPath, err
}

// resolvePlaces is resolveFor, by reference.
func (r *Remote) resolvePlaces(ctx context.Context, places []compose.Image, target *name.Repository) (map[string]*Image, error) {
	first := map[string]compose.Image{}
	var refs []string
	var problems []error
	for _, place := range places {
		if place.Ref == "" {
			problems = append(problems, &ImageError{Place: place, Err: ErrNoImage})
			continue
		}
		if _, ok := first[place.Ref]; !ok {
			first[place.Ref] = place
			refs = append(refs, place.Ref)
		}
	}
	results, err := r.resolveRefs(ctx, refs, target)
	if ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		problems = append(problems, err)
	}
	images := map[string]*Image{}
	for i, ref := range refs {
		if results[i].err != nil {
			problems = append(problems, &ImageError{Place: first[ref], Err: results[i].err})
			continue
		}
		images[ref] = results[i].image
		images[ref].Origin = origin(ref)
	}
	return images, errors.Join(problems...)
}

// resolution is what became of one reference.
type resolution struct {
	image *Image
	err   error
}

// resolveRefs resolves all references at a time. Only the end of ctx, and a target
// that can't be pushed to, are errors.
func (r *Remote) resolveRefs(ctx context.Context, refs []string, target *name.Repository) ([]resolution, error) {
	results := make([]resolution, len(refs))
	parsed := make([]name.Reference, len(refs))
	var repositories []name.Repository
	for i, ref := range refs {
		if parsed[i], results[i].err = ParseImage(ref); results[i].err == nil {
			repositories = append(repositories, parsed[i].Context())
		}
	}
	var leave error
	var group errgroup.Group
	var push []name.Repository
	switch {
	case target == nil:
	case slices.ContainsFunc(repositories, func(from name.Repository) bool { return from.Registry == target.Registry }):
		// One token is enough for both.
		push = append(push, *target)
	default:
		// A registry of its own keeps no image waiting.
		group.Go(func() error {
			leave = r.askToPush(ctx, nil, *target)
			return nil
		})
	}
	// A refusal shows again, with its image's name, when the image is asked for.
	_ = r.client.Authorize(ctx, repositories, push)
	for i := range refs {
		if results[i].err != nil {
			continue
		}
		group.Go(func() error {
			results[i].image, results[i].err = r.Resolve(ctx, parsed[i])
			return nil
		})
	}
	_ = group.Wait()
	return results, errors.Join(ctx.Err(), leave)
}

// Resolve asks the registry what ref points at: one request, and two more for
// an image of a single platform, whose platform stands in its config.
func (r *Remote) Resolve(ctx context.Context, ref name.Reference) (*Image, error) {
	manifest, err := r.client.GetManifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	return parseImage(ref, Content(manifest), func(d v1.Descriptor) (*v1.ConfigFile, error) {
		raw, err := r.client.ReadBlob(ctx, ref.Context(), d, configLimit)
		if err != nil {
			return nil, err
		}
		var config v1.ConfigFile
		if err := json.Unmarshal(raw, &config); err != nil {
			return nil, fmt.Errorf("reading %s: %w", d.Digest, err)
		}
		return &config, nil
	})
}
