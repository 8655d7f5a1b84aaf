package content

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// tagHeader lists the tags that a registry has written.
const tagHeader = "OCI-Tag"

// PutTags writes a manifest under tags, the first one first, with one request if the registry
// accepts several tags.
//
// The first request writes the first tag, with the others as parameters, as in the draft of
// distribution-spec 1.2. A registry that does not know the parameters ignores them and writes
// only the first tag. OCI-Tag in the response lists the tags that were written; the rest are
// written by further requests. So are tags that were listed but do not exist: one HEAD request
// per listed tag checks that.
//
// See https://github.com/opencontainers/distribution-spec/blob/967efdc079b91785ad18c77cc4f8991a47feefbf/spec.md#pushing-manifests.
func (r *Registry) PutTags(ctx context.Context, repo name.Repository, tags []string, d v1.Descriptor, raw []byte) error {
	known := &r.takesTags
	put := func(ctx context.Context, ref name.Reference, with []string) ([]string, error) {
		h, err := r.putRetrying(ctx, ref, with, d.MediaType, raw)
		wrote := listed(h)
		if len(wrote) > 0 {
			known.Store(true)
		}
		return wrote, err
	}
	var claimed []string
	rest := tags // a failed request with parameters is repeated without: proxies may reject them
	if len(tags) > 1 && !known.Load() {
		wrote, err := put(ctx, repo.Tag(tags[0]), tags[1:])
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err == nil {
			rest = without(tags[1:], wrote)
			claimed = without(tags[1:], rest)
		}
	}
	if len(rest) > 1 && known.Load() {
		wrote, err := put(ctx, repo.Digest(d.Digest.String()), rest)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err == nil {
			before := rest
			rest = without(before, wrote)
			claimed = append(claimed, without(before, rest)...)
		}
	}
	missing, err := r.unset(ctx, repo, claimed, d.Digest)
	if err != nil {
		return err
	}
	rest = append(slices.Clone(rest), missing...)
	return each(ctx, rest, len(rest) == len(tags), func(ctx context.Context, tag string) error {
		_, err := put(ctx, repo.Tag(tag), nil)
		return err
	})
}

// unset returns the tags that do not point at a digest. Without read access, none is known.
func (r *Registry) unset(ctx context.Context, repo name.Repository, tags []string, digest v1.Hash) ([]string, error) {
	var mu sync.Mutex
	var found []string
	err := each(ctx, tags, false, func(ctx context.Context, tag string) error {
		d, err := r.HeadManifest(ctx, repo.Tag(tag))
		if err != nil && !httperr.IsNotFound(err) {
			if httperr.IsAnswer(err) && ctx.Err() == nil {
				return nil
			}
			return fmt.Errorf("checking the tag %s: %w", tag, err)
		}
		if err != nil || d.Digest != digest {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, tag)
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

// each calls f concurrently for all tags, and on request for the first before all others.
func each(ctx context.Context, tags []string, firstFirst bool, f func(context.Context, string) error) error {
	if firstFirst && len(tags) > 0 {
		if err := f(ctx, tags[0]); err != nil {
			return err
		}
		tags = tags[1:]
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, tag := range tags {
		group.Go(func() error { return f(ctx, tag) })
	}
	return group.Wait()
}

// listed are the tags in a header.
func listed(h http.Header) []string {
	var all []string
	for _, line := range h.Values(tagHeader) {
		for tag := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(tag))
		}
	}
	return all
}

func without(tags, done []string) []string {
	return slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return slices.Contains(done, tag) })
}

// withTags asks for further tags of a manifest.
func withTags(op *operation, req *http.Request) *http.Request {
	if len(op.tags) == 0 || req.Method != http.MethodPut {
		return req
	}
	req = req.Clone(req.Context())
	req.URL.RawQuery = url.Values{"tag": op.tags}.Encode()
	return req
}
