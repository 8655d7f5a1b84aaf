package verify

import (
	"context"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// referrers checks the referrers of the package, such as signatures. In a file, it checks
// everything in index.json except other packages. In a registry, only a deep verification lists
// referrers, because running an application needs none of them.
func (v *Verifier) referrers(ctx context.Context, rank int) error {
	listed, err := v.listedReferrers(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4 * v.session.Client.Jobs())
	for _, d := range listed {
		who := Need{v.at.Store, "referrer " + session.DigestName(v.at.Store, d.Digest), rank}
		group.Go(func() error { return v.manifest(ctx, who, session.Identity(d), 0) })
	}
	return group.Wait()
}

func (v *Verifier) listedReferrers(ctx context.Context) ([]v1.Descriptor, error) {
	if layout, ok := v.at.Store.(store.Listing); ok {
		entries, err := layout.Entries()
		if err != nil {
			return nil, err
		}
		var all []v1.Descriptor
		for _, d := range entries {
			if d.Digest != v.root.Digest() && isPartOfFile(d) {
				all = append(all, d)
			}
		}
		return all, nil
	}
	if !v.options.Deep {
		return nil, nil
	}
	found, err := follow.Followers(ctx, v.session, v.at.Store, follow.SubjectsOf(v.root), follow.Following{})
	var all []v1.Descriptor
	for _, f := range found {
		all = append(all, f.Descriptor)
	}
	return all, err
}

// isPartOfFile reports whether an entry of index.json belongs to a package in the file and is not
// a package itself.
func isPartOfFile(d v1.Descriptor) bool {
	name := d.Annotations[ocispec.AnnotationRefName]
	return name == "" || d.Annotations[artifact.AnnotationImageRef] != "" || strings.HasPrefix(name, "sha256-")
}
