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

// A ListOption narrows or widens what is listed.
type ListOption func(*listing)

type listing struct {
	artifactType string
	depth        int
}

// WithArtifactType lists only referrers of one artifact type. The registry is asked to
// filter, and the result is filtered again, as not all do.
func WithArtifactType(artifactType string) ListOption {
	return func(l *listing) { l.artifactType = artifactType }
}

func newListing(opts []ListOption) listing {
	l := listing{depth: 1}
	for _, o := range opts {
		o(&l)
	}
	return l
}

// List returns the descriptors of the manifests that refer to subject, each once, sorted by
// artifact type and digest. The subject and its repository need not exist. The descriptors
// have the artifact types that the specification gives to their manifests, and the
// annotations of the manifests.
//
// Errors are [ListingError], [ForeignTagError], or the registry's answer as a
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

// Filter returns the descriptors that the options choose, in the order of [Client.List].
func Filter(all []v1.Descriptor, opts ...ListOption) []v1.Descriptor {
	found := map[string]v1.Descriptor{}
	for _, d := range all {
		found[d.Digest.String()] = d
	}
	return sorted(filter(found, newListing(opts).artifactType))
}

// list asks both sources at the same time. One alone is not enough: the tag schema has what
// was attached before the registry got the API, and what its API leaves out, as some do
// with indexes.
func (c *Client) list(ctx context.Context, subject name.Digest, l listing) ([]v1.Descriptor, error) {
	var (
		tag    *snapshot
		tagErr error
		read   = make(chan struct{})
	)
	go func() {
		defer close(read)
		tag, tagErr = c.readTag(ctx, subject, nil)
	}()
	found := map[string]v1.Descriptor{}
	is, err := c.walkAPI(ctx, subject, l.artifactType, func(x *index) bool {
		collect(found, x)
		return true
	})
	<-read
	if err != nil {
		return nil, err
	}
	if is == served {
		if err := c.completed(ctx, subject.Context(), found); err != nil {
			return nil, err
		}
	}
	if !tagListsNothing(tagErr, is) {
		if tagErr != nil {
			return nil, tagErr
		}
		if err := c.mergeTag(ctx, subject.Context(), found, tag, is); err != nil {
			return nil, err
		}
	}
	return sorted(filter(found, l.artifactType)), nil
}

// tagListsNothing reports whether an error of reading the referrers tag says that there is
// no list: the tag is the registry's alias of the subject, or the API is served and
// something else than a list has the tag.
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

// maxChecked bounds the manifests that are asked about for one list.
const maxChecked = 256

// mergeTag adds what only the tag schema lists. A registry that serves the API deletes
// manifests and leaves their entries under the tag, so there it is checked that they exist.
func (c *Client) mergeTag(ctx context.Context, repo name.Repository, found map[string]v1.Descriptor, tag *snapshot, is support) error {
	tagged := map[string]v1.Descriptor{}
	collect(tagged, tag.index)
	maps.DeleteFunc(tagged, func(digest string, _ v1.Descriptor) bool {
		_, ok := found[digest]
		return ok
	})
	if is == served {
		digests := slices.Sorted(maps.Keys(tagged))
		for digest := range c.gone(ctx, repo, digests[:min(len(digests), maxChecked)]) {
			delete(tagged, digest)
		}
	}
	if err := c.completed(ctx, repo, tagged); err != nil {
		return err
	}
	maps.Copy(found, tagged)
	return nil
}

// collect adds the descriptors of a list to found; the first of a digest counts.
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

// lacksType reports whether a descriptor may lack the artifact type of its manifest, as
// those of older writers and registries do. The type of an empty config is none: a
// manifest with such a config has an artifact type of its own. An index may be without one.
func lacksType(d v1.Descriptor) bool {
	return (d.ArtifactType == "" || d.ArtifactType == string(types.OCIEmptyJSON)) && (d.MediaType.IsImage() || d.MediaType.IsIndex())
}

// completed reads the manifests of descriptors that lack a type, and fills it in. The
// descriptors of manifests that are not there stay as they are.
func (c *Client) completed(ctx context.Context, repo name.Repository, found map[string]v1.Descriptor) error {
	var todo []v1.Descriptor
	for _, d := range sorted(found) {
		if lacksType(d) && len(todo) < maxChecked {
			todo = append(todo, d)
		}
	}
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

// getManifest reads a manifest. It is not ok if it is absent, or is not what its digest
// says.
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
