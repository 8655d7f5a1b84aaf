package referrers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// A ListOption narrows what is listed.
type ListOption func(*listing)

type listing struct {
	artifactType string
	depth        int
}

// WithArtifactType lists only referrers of one artifact type. The registry is
// asked to filter, and not trusted to.
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

// List gives the descriptors of the manifests that refer to subject, each
// once, in the order of their artifact types and digests. The subject, or its
// repository, need not exist. Descriptors have the artifact type that the
// specification gives their manifests, and the manifests' annotations.
//
// Errors are [ListingError], [ForeignTagError], or the registry's answer as a
// transport.Error.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
func (c *Client) List(ctx context.Context, subject name.Digest, opts ...ListOption) ([]v1.Descriptor, error) {
	descs, err := c.list(ctx, subject, newListing(opts))
	if err != nil {
		return nil, fmt.Errorf("listing referrers of %q: %w", subject, err)
	}
	return descs, nil
}

// list asks both sources at the same time. Neither does for both: the tag
// schema holds what was attached before the API came, and what the API of a
// registry leaves out, as some do with indexes.
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
		if err := c.completed(ctx, subject.Context(), found, apiOmits); err != nil {
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

// tagListsNothing tells whether an error of reading the referrers tag says
// that there is no list: the tag is the registry's alias of the subject or,
// where the API is served, whatever else than a list.
func tagListsNothing(err error, is support) bool {
	var (
		alias    *AliasError
		foreign  *ForeignTagError
		unusable *ListingError
		answer   *transport.Error
	)
	if errors.As(err, &alias) {
		return true
	}
	return is == served && (errors.As(err, &foreign) || errors.As(err, &unusable) ||
		errors.As(err, &answer) && answer.StatusCode >= 400 && answer.StatusCode < 500)
}

// maxChecked bounds the manifests that are asked about for one list.
const maxChecked = 256

// mergeTag adds what only the tag schema lists. A registry that serves the
// API deletes manifests without touching their entries under the tag, so
// there what only the tag lists has to exist.
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
	if err := c.completed(ctx, repo, tagged, writersOmit); err != nil {
		return err
	}
	maps.Copy(found, tagged)
	return nil
}

// collect takes the descriptors of a list into found; the first one counts.
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

// apiOmits tells whether a registry's descriptor lacks what it must have: the
// artifact type, which only an index may be without.
func apiOmits(d v1.Descriptor) bool { return d.ArtifactType == "" && d.MediaType.IsImage() }

// writersOmit tells whether a descriptor of the tag schema may lack what its
// manifest has, as those of older writers do.
func writersOmit(d v1.Descriptor) bool {
	return d.ArtifactType == "" && (d.MediaType.IsImage() || d.MediaType.IsIndex())
}

// completed reads the manifests of descriptors that omit something, and puts
// in what their descriptors should be. Those that are not there stay as they are.
func (c *Client) completed(ctx context.Context, repo name.Repository, found map[string]v1.Descriptor, omits func(v1.Descriptor) bool) error {
	var todo []v1.Descriptor
	for _, d := range sorted(found) {
		if omits(d) && len(todo) < maxChecked {
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

// getManifest reads a manifest. It is not ok where it is absent or is not
// what its digest says.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
func (c *Client) getManifest(ctx context.Context, ref name.Digest) (m manifest, ok bool, err error) {
	a, err := c.send(ctx, ref.Repository, call{
		method: http.MethodGet,
		path:   manifestPath(ref.Repository, ref.DigestStr()),
		header: map[string]string{"Accept": manifestTypes},
	})
	switch {
	case err != nil:
		return manifest{}, false, err
	case a.status == http.StatusNotFound:
		return manifest{}, false, nil
	case !a.ok():
		return manifest{}, false, a.failure()
	case !sameDigest(a.body, ref.DigestStr()):
		return manifest{}, false, nil
	}
	if m, err = parseManifest(a.body); err != nil {
		return manifest{}, false, nil
	}
	if m.MediaType == "" {
		m.MediaType = a.mediaType()
	}
	return m, true, nil
}
