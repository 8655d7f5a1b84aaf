package artifact

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// manifestTag is the tag under which a manifest survives a clean-up that takes
// what has none. It is not the referrers tag schema's, which has another meaning.
func manifestTag(digest v1.Hash) string { return "ocompose-" + digest.Hex }

// tagImages gives every manifest below the package's root a tag of its own.
func (r *Remote) tagImages(ctx context.Context, p *Package) error {
	if !p.IsIndex() {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range p.Compositions {
		group.Go(func() error {
			return r.putManifest(ctx, p.Repository.Tag(manifestTag(c.Descriptor.Digest)), c.Content)
		})
	}
	for _, image := range p.Images {
		for _, root := range image.Roots {
			group.Go(func() error { return r.tagTree(ctx, p.Repository, root.Descriptor) })
		}
	}
	return group.Wait()
}

// tagTree tags a manifest, and the manifests below it where it is an index.
func (r *Remote) tagTree(ctx context.Context, repo name.Repository, d v1.Descriptor) error {
	manifest, err := r.client.GetManifest(ctx, repo.Digest(d.Digest.String()))
	if err != nil {
		return fmt.Errorf("reading %s to tag it: %w", DigestName(repo, d.Digest), err)
	}
	if d.MediaType.IsIndex() {
		var index v1.IndexManifest
		if err := json.Unmarshal(manifest.Bytes, &index); err != nil {
			return fmt.Errorf("reading index %s: %w", DigestName(repo, d.Digest), err)
		}
		for _, child := range index.Manifests {
			if err := r.tagTree(ctx, repo, child); err != nil {
				return err
			}
		}
	}
	return r.putManifest(ctx, repo.Tag(manifestTag(d.Digest)), Content(manifest))
}
