package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A Resolver resolves the images of places, and concurrently requests push access to the
// target.
type Resolver struct {
	Session *Session
	// Target, if set, is the target of the push.
	Target store.Target
	// First, if set, is a file or folder in which images are looked up by digest
	// before their registries.
	First store.Source
	// Engine, if set, has images that are not in a registry.
	Engine *EngineImages
	// Ready, if set, is called once, after the target was asked for permission, if it is a
	// registry.
	Ready func()
}

// ByPath resolves the images of places and returns them by [compose.Image.Path]:
// each reference once, all concurrently. It tries them all and returns all errors, each
// an [artifact.ImageError].
func (r Resolver) ByPath(ctx context.Context, places []compose.Image) (map[string]*artifact.Image, error) {
	byRef, err := r.ByReference(ctx, places)
	byPath := map[string]*artifact.Image{}
	for _, place := range places {
		if image := byRef[place.Ref]; image != nil {
			byPath[place.Path] = image
		}
	}
	return byPath, err
}

// ByReference resolves images like ByPath, and returns them by their references in the files.
func (r Resolver) ByReference(ctx context.Context, places []compose.Image) (map[string]*artifact.Image, error) {
	first := map[string]compose.Image{}
	var refs []string
	var problems []error
	for _, place := range places {
		if place.Ref == "" {
			problems = append(problems, &artifact.ImageError{Place: place, Err: artifact.ErrNoImage})
			continue
		}
		if _, ok := first[place.Ref]; !ok {
			first[place.Ref] = place
			refs = append(refs, place.Ref)
		}
	}
	results, err := r.resolveOrRead(ctx, refs, first)
	if ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		problems = append(problems, err)
	}
	images := map[string]*artifact.Image{}
	for i, ref := range refs {
		if results[i].err != nil {
			problems = append(problems, &artifact.ImageError{Place: first[ref], Err: notPushed(first[ref], results[i].err)})
			continue
		}
		images[ref] = results[i].image
		images[ref].Origin = artifact.OriginName(ref)
	}
	return images, errors.Join(problems...)
}

// resolveOrRead resolves images from registries and the engine, if there is one. Built images
// are looked up in the engine first, because a registry may have another image with that name;
// all others in the registry first.
func (r Resolver) resolveOrRead(ctx context.Context, refs []string, first map[string]compose.Image) ([]resolution, error) {
	if r.Engine == nil {
		return r.resolveAll(ctx, refs)
	}
	results := make([]resolution, len(refs))
	var rest []string
	for i, ref := range refs {
		if first[ref].Built {
			results[i].image, results[i].err = r.Session.engineImage(ctx, r.Engine, ref)
		}
		if results[i].image == nil && results[i].err == nil {
			rest = append(rest, ref)
		}
	}
	resolved, err := r.resolveAll(ctx, rest)
	for i, ref := range refs {
		if results[i].image != nil || results[i].err != nil {
			continue
		}
		results[i], resolved = resolved[0], resolved[1:]
		if failed := results[i].err; !first[ref].Built && (store.IsNotFound(failed) || remote.IsUnauthorized(failed)) {
			image, err := r.Session.engineImage(ctx, r.Engine, ref)
			if err != nil || image != nil {
				results[i] = resolution{image, err}
			}
		}
	}
	return results, err
}

// notPushed marks the error of a built image, if its registry does not have it.
// Many registries answer 401 for a repository that does not exist.
func notPushed(place compose.Image, err error) error {
	if place.Built && (store.IsNotFound(err) || remote.IsUnauthorized(err)) {
		return fmt.Errorf("%w: %w", artifact.ErrNotPushed, err)
	}
	return err
}

// A resolution is the result of resolving one reference.
type resolution struct {
	image *artifact.Image
	err   error
}

// resolveAll resolves all references concurrently. Only the end of ctx, and a target that
// can't be pushed to, are errors.
func (r Resolver) resolveAll(ctx context.Context, refs []string) ([]resolution, error) {
	results := make([]resolution, len(refs))
	parsed := make([]name.Reference, len(refs))
	var sources []name.Repository
	for i, ref := range refs {
		if parsed[i], results[i].err = artifact.ParseReference(ref); results[i].err != nil {
			continue
		}
		if results[i].image, results[i].err = r.inFirst(ctx, parsed[i]); results[i].image == nil && results[i].err == nil {
			sources = append(sources, parsed[i].Context())
		}
	}
	var group errgroup.Group
	refused := r.authorize(ctx, &group, r.Session.askedFirst(sources))
	for i := range refs {
		if results[i].err != nil || results[i].image != nil {
			continue
		}
		group.Go(func() error {
			results[i].image, results[i].err = r.Session.resolveIn(ctx, r.Session.Source(parsed[i].Context()), parsed[i])
			return nil
		})
	}
	_ = group.Wait()
	return results, errors.Join(ctx.Err(), *refused)
}

// inFirst reads an image from first; nil if first does not have it.
func (r Resolver) inFirst(ctx context.Context, ref name.Reference) (*artifact.Image, error) {
	digest, ok := ref.(name.Digest)
	if _, isRegistry := r.First.(*store.Registry); r.First == nil || isRegistry || !ok {
		return nil, nil
	}
	image, err := r.Session.ReadImage(ctx, r.First, digest.DigestStr())
	if store.IsNotFound(err) {
		return nil, nil
	}
	return image, err
}

// authorize requests permission to read the sources, and to push to the target if there is one.
// If the target is another registry, the error of the push permission is in refused after group
// has ended.
func (r Resolver) authorize(ctx context.Context, group *errgroup.Group, sources []name.Repository) (refused *error) {
	refused = new(error)
	target, ok := r.Target.(*store.Registry)
	if !ok {
		if r.Ready != nil {
			group.Go(func() error { r.Ready(); return nil })
		}
		_ = r.Session.Client.Authorize(ctx, sources, nil)
		return refused
	}
	to := target.Repository()
	if slices.ContainsFunc(sources, func(from name.Repository) bool { return from.Registry == to.Registry }) {
		// One token is enough for both. A rejection appears again, with the image's name when an
		// image is read, or at the first write.
		_ = r.Session.Client.Authorize(ctx, sources, []name.Repository{to})
		if r.Ready != nil {
			group.Go(func() error { r.Ready(); return nil })
		}
		return refused
	}
	// No image waits for a different target registry.
	group.Go(func() error {
		if *refused = r.Session.AskToPush(ctx, nil, to); *refused == nil && r.Ready != nil {
			r.Ready()
		}
		return nil
	})
	_ = r.Session.Client.Authorize(ctx, sources, nil)
	return refused
}

// AskToPush requests permission to read some repositories and write one.
func (s *Session) AskToPush(ctx context.Context, sources []name.Repository, target name.Repository) error {
	if err := s.Client.Authorize(ctx, sources, []name.Repository{target}); err != nil {
		return fmt.Errorf("requesting push access to %s: %w", artifact.RepositoryName(target), err)
	}
	return nil
}

// Resolve looks up ref in the registry: one request, and more only for a
// platform that is only in the config of an image, or for a nested index.
func (s *Session) Resolve(ctx context.Context, ref name.Reference) (*artifact.Image, error) {
	return s.resolveIn(ctx, s.Registry(ref.Context()), ref)
}

// resolveIn looks up ref in a store.
func (s *Session) resolveIn(ctx context.Context, in store.Source, ref name.Reference) (*artifact.Image, error) {
	image, err := s.ReadImage(ctx, in, ref.Identifier())
	if err != nil {
		return nil, err
	}
	image.Ref = ref
	return image, nil
}

// ReadImage reads an image's manifests and platforms: one request for an index whose entries
// name their platforms, and for a manifest one more for its config.
func (s *Session) ReadImage(ctx context.Context, in store.Source, ref string) (*artifact.Image, error) {
	root, err := s.Budget.Read(ctx, in, ref, 0)
	if err != nil {
		return nil, err
	}
	return artifact.NewImage(RefName(in, ref), artifact.Content(root), func(d v1.Descriptor) ([]byte, error) {
		if graph.IsManifest(d) {
			m, err := s.Copier.Manifest(ctx, in, d)
			return m.Bytes, err
		}
		content, err := in.OpenBlob(ctx, d)
		if err != nil {
			return nil, err
		}
		defer content.Close()
		return io.ReadAll(content)
	})
}
