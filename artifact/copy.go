package artifact

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CopyOptions say what a copy leaves at its destination.
type CopyOptions struct {
	PushOptions
	// Bundle copies the images too and points the compose files at them.
	Bundle bool
}

// Copy copies the package that src points at into a repository. Without a tag,
// it is tagged "latest" there, unless it is attached to an image.
//
// A loose package keeps every digest, unless it is bundled on the way. A bundled
// one brings its images and is pointed at them; an attached one brings its
// subject and is pointed at that. Then the compositions have new digests, the
// images have not.
func (r *Remote) Copy(ctx context.Context, src name.Reference, to name.Repository, options CopyOptions) (Pushed, error) {
	stored, err := r.Fetch(ctx, src)
	if err != nil {
		return Pushed{}, err
	}
	if options.Tag == "" && stored.Subject == nil {
		options.Tag = name.DefaultTag
	}
	p := verbatim(stored, to)
	if stored.Mode == Bundled || stored.Subject != nil || options.Bundle {
		if p, err = r.relocate(ctx, stored, to, options.Bundle || stored.Mode == Bundled); err != nil {
			return Pushed{}, fmt.Errorf("copying %s to %s: %w", ReferenceName(src), RepositoryName(to), err)
		}
	}
	digest, err := r.Push(ctx, p, options.PushOptions)
	return Pushed{Digest: digest, Package: p, Tag: options.Tag}, err
}

// verbatim is the stored package as it is, for another repository.
func verbatim(stored *Stored, to name.Repository) *Package {
	p := &Package{Repository: to, Mode: stored.Mode, Root: stored.Root, Source: stored.Repository}
	for _, c := range stored.Compositions {
		p.Compositions = append(p.Compositions, Composition{
			Content:  c.Content,
			Platform: c.Platform,
			Kept:     append([]v1.Descriptor{c.Manifest.Config}, c.Manifest.Layers...),
		})
	}
	return p
}
