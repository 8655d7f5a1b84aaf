package referrers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A ListOption configures [Client.List], [Client.ListTree] and [Filter].
type ListOption func(*listing)

type listing struct {
	artifactType string
	depth        int
	budget       *budget
}

// WithArtifactType lists only referrers of one artifact type. The result is filtered again
// on the client, because not all registries filter.
func WithArtifactType(artifactType string) ListOption {
	return func(l *listing) { l.artifactType = artifactType }
}

func newListing(opts []ListOption) listing {
	l := listing{depth: 1, budget: &budget{}}
	for _, o := range opts {
		o(&l)
	}
	return l
}

// List returns the descriptors of the manifests that refer to subject, each once, sorted by
// artifact type and digest. The subject and its repository need not exist. The descriptors
// have the artifact types of their manifests, as the specification defines them, and the
// annotations of the manifests.
//
// Errors are [ListingError], [ForeignTagError], or the registry's response as a
// [transport.Error].
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers.
func (c *Client) List(ctx context.Context, subject name.Digest, opts ...ListOption) ([]v1.Descriptor, error) {
	descs, err := c.list(ctx, subject, newListing(opts))
	if err != nil {
		return nil, fmt.Errorf("listing referrers of %q: %w", subject, err)
	}
	return descs, nil
}

// Filter returns the descriptors that the options select, in the order of [Client.List].
func Filter(all []v1.Descriptor, opts ...ListOption) []v1.Descriptor {
	found := map[string]v1.Descriptor{}
	for _, d := range all {
		found[d.Digest.String()] = d
	}
	return sorted(filter(found, newListing(opts).artifactType))
}

// list reads both sources concurrently. One alone is not enough: the tag schema has
// referrers that were attached before the registry got the API, and those that its API
// omits, as some omit indexes.
func (c *Client) list(ctx context.Context, subject name.Digest, l listing) ([]v1.Descriptor, error) {
	var (
		tag    *snapshot
		tagErr error
		read   = make(chan struct{})
	)
	go func() {
		defer close(read)
		tag, tagErr = c.readTag(ctx, subject, nil, l.budget)
	}()
	found := map[string]v1.Descriptor{}
	is, err := c.walkAPI(ctx, subject, l.artifactType, l.budget, func(x *index) bool {
		collect(found, x)
		return true
	})
	<-read
	if err != nil {
		return nil, err
	}
	if is == served {
		if err := c.completed(ctx, subject.Context(), found, l.budget); err != nil {
			return nil, err
		}
	}
	if !tagListsNothing(tagErr, is) {
		if tagErr != nil {
			return nil, tagErr
		}
		if err := c.mergeTag(ctx, subject.Context(), found, tag, l.budget, is); err != nil {
			return nil, err
		}
	}
	return sorted(filter(found, l.artifactType)), nil
}

// tagListsNothing reports whether an error of reading the referrers tag means that there is
// no list: the tag is the registry's alias of the subject, or the API is served and the tag
// is not a list.
func tagListsNothing(err error, is support) bool {
	var (
		alias    *AliasError
		foreign  *ForeignTagError
		unusable *ListingError
		te       *transport.Error
	)
	if errors.As(err, &alias) {
		return true
	}
	return is == served && (errors.As(err, &foreign) || errors.As(err, &unusable) ||
		errors.As(err, &te) && te.StatusCode >= 400 && te.StatusCode < 500)
}

// mergeTag adds the entries that only the tag schema lists. A registry that serves the API
// deletes manifests without their entries under the tag, so mergeTag checks that those
// manifests exist.
func (c *Client) mergeTag(ctx context.Context, repo name.Repository, found map[string]v1.Descriptor, tag *snapshot, b *budget, is support) error {
	tagged := map[string]v1.Descriptor{}
	collect(tagged, tag.index)
	maps.DeleteFunc(tagged, func(digest string, _ v1.Descriptor) bool {
		_, ok := found[digest]
		return ok
	})
	if is == served {
		digests := slices.Sorted(maps.Keys(tagged))
		for digest := range c.gone(ctx, repo, digests[:b.takeChecks(len(digests))]) {
			delete(tagged, digest)
		}
	}
	if err := b.takeEntries(len(tagged)); err != nil {
		return err
	}
	if err := c.completed(ctx, repo, tagged, b); err != nil {
		return err
	}
	maps.Copy(found, tagged)
	return nil
}

// collect adds the descriptors of a list to found; the first descriptor of a digest wins.
func collect(found map[string]v1.Descriptor, x *index) {
	for _, desc := range x.descriptors() {
		digest := desc.Digest.String()
		if _, ok := found[digest]; !ok {
			desc.Data = nil
			found[digest] = desc
		}
	}
}

func filter(found map[string]v1.Descriptor, artifactType string) map[string]v1.Descriptor {
	if artifactType != "" {
		maps.DeleteFunc(found, func(_ string, d v1.Descriptor) bool { return d.ArtifactType != artifactType })
	}
	return found
}

func sorted(found map[string]v1.Descriptor) []v1.Descriptor {
	return slices.SortedFunc(maps.Values(found), func(a, b v1.Descriptor) int {
		return cmp.Or(cmp.Compare(a.ArtifactType, b.ArtifactType), cmp.Compare(a.Digest.String(), b.Digest.String()))
	})
}

// lacksType reports whether a descriptor may lack the artifact type of its manifest, like
// those of older writers and registries. The empty config type does not count: a manifest
// with such a config has its own artifact type. An index may have none.
func lacksType(d v1.Descriptor) bool {
	return (d.ArtifactType == "" || d.ArtifactType == string(types.OCIEmptyJSON)) && (d.MediaType.IsImage() || d.MediaType.IsIndex())
}

// completed reads the manifests of descriptors that lack a type, and fills it in. The
// descriptors of missing manifests are unchanged.
func (c *Client) completed(ctx context.Context, repo name.Repository, found map[string]v1.Descriptor, b *budget) error {
	var todo []v1.Descriptor
	for _, d := range sorted(found) {
		if lacksType(d) {
			todo = append(todo, d)
		}
	}
	todo = todo[:b.takeChecks(len(todo))]
	results := make([]v1.Descriptor, len(todo))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(headsAtOnce)
	for i, d := range todo {
		group.Go(func() error {
			results[i] = d
			m, ok, err := c.getManifest(ctx, repo.Digest(d.Digest.String()))
			if err != nil || !ok {
				return err
			}
			d.ArtifactType = m.artifactType()
			if len(d.Annotations) == 0 {
				d.Annotations = m.Annotations
			}
			results[i] = d
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, d := range results {
		found[d.Digest.String()] = d
	}
	return nil
}

// getManifest reads a manifest. ok is false if it is missing, or does not match its digest.
func (c *Client) getManifest(ctx context.Context, ref name.Digest) (m manifest, ok bool, err error) {
	_, raw, err := c.registries.ReadManifest(ctx, ref)
	var (
		other *httperr.DigestError
		none  *httperr.ManifestError
	)
	switch {
	case httperr.IsNotFound(err), errors.As(err, &other), errors.As(err, &none):
		return manifest{}, false, nil
	case err != nil:
		return manifest{}, false, err
	}
	if m, err = parseManifest(raw); err != nil {
		return manifest{}, false, nil
	}
	return m, true, nil
}
