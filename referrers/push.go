package referrers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// lags are the waits for a registry that claims to serve the referrers API to list what
// was pushed.
var lags = [...]time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 900 * time.Millisecond}

// Push writes raw, a manifest or index with a subject, to repo by its digest, and returns
// its descriptor when it is listed among the subject's referrers: by the referrers API,
// otherwise by the tag schema, where it stays even if others attach concurrently. The blobs
// and manifests that raw refers to must be in repo already; the subject need not be.
// Pushing again is cheap, and repairs the list.
//
// Errors are [ErrNoSubject], [SubjectRejectedError], [AliasError], [ForeignTagError],
// [UnsettledError] and [VanishedError], or the registry's response as a [transport.Error].
// With one of the last five the manifest may have been pushed without being listed; the
// descriptor is returned if it was pushed.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject.
func (c *Client) Push(ctx context.Context, repo name.Repository, mediaType types.MediaType, raw []byte) (v1.Descriptor, error) {
	m, err := parseManifest(raw)
	if err != nil {
		return v1.Descriptor{}, err
	}
	subject, err := m.subjectIn(repo)
	if err != nil {
		return v1.Descriptor{}, err
	}
	desc, err := m.describe(mediaType, raw)
	if err != nil {
		return v1.Descriptor{}, err
	}
	ref := repo.Digest(desc.Digest.String())
	claimed, err := c.putManifest(ctx, ref, mediaType, raw, subject)
	if err != nil {
		return v1.Descriptor{}, err
	}
	listed, err := c.apiLists(ctx, subject, desc, claimed)
	if err != nil {
		return desc, fmt.Errorf("looking for %q in the referrers of %s: %w", ref, subject.DigestStr(), err)
	}
	if listed {
		return desc, nil
	}
	if err := c.addToTag(ctx, subject, desc); err != nil {
		return desc, fmt.Errorf("listing %q in the referrers tag of %s: %w", ref, subject.DigestStr(), err)
	}
	return desc, nil
}

// putManifest pushes the manifest. It reports whether the registry claims to have
// processed the subject.
func (c *Client) putManifest(ctx context.Context, ref name.Digest, mediaType types.MediaType, raw []byte, subject name.Digest) (claimed bool, err error) {
	header, err := c.registries.PutManifest(ctx, ref, mediaType, raw)
	switch {
	case httperr.RefusesForm(err):
		return false, fmt.Errorf("pushing manifest %q: %w", ref, &SubjectRejectedError{Ref: ref, Err: registryError(err)})
	case err != nil:
		return false, err
	}
	return strings.TrimSpace(header.Get("OCI-Subject")) == subject.DigestStr(), nil
}

// apiLists reports whether the referrers API lists desc. If the registry claims to do so,
// it retries: the list may lag behind the storage.
func (c *Client) apiLists(ctx context.Context, subject name.Digest, desc v1.Descriptor, claimed bool) (bool, error) {
	registry := c.probes.of(subject.RegistryStr())
	for look := 0; ; look++ {
		found := false
		visit := func(x *index) bool {
			found = found || x.has(desc.Digest.String())
			return !found
		}
		is, err := c.walkAPI(ctx, subject, "", &budget{}, visit)
		var unusable *ListingError
		switch {
		case found:
			return true, nil
		case errors.As(err, &unusable):
			return false, nil // an unreadable list does not list it
		case err != nil:
			return false, err
		case is != served, !claimed, registry.claimsUnreliable():
			return false, nil
		case look == len(lags):
			registry.setClaimsUnreliable()
			return false, nil
		}
		if err := c.sleep(ctx, lags[look]+jitter(lags[look]/2)); err != nil {
			return false, err
		}
	}
}
