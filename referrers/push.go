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

	"github.com/ocompose/ocompose/internal/remote"
)

// lags are the waits for a registry that claims to serve the referrers API to
// list what was pushed.
var lags = [...]time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 900 * time.Millisecond}

// Push puts a manifest or index that has a subject into repo, by its digest,
// and returns when it is listed among the subject's referrers: by the
// referrers API, or else by the tag schema, where it then stays whoever else
// attaches at the same time. What raw refers to has to be in repo already;
// the subject need not be. Pushing again is cheap, and repairs the list.
//
// Errors are [ErrNoSubject], [SubjectRejectedError], [AliasError],
// [ForeignTagError], [UnsettledError] and [VanishedError], or the registry's
// answer as a transport.Error. Of these the last four leave the manifest
// pushed and perhaps not listed.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
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
	claimed, err := c.putManifest(ctx, ref, desc, raw, subject)
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

// putManifest pushes the manifest. It tells whether the registry claims to have processed
// the subject.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
func (c *Client) putManifest(ctx context.Context, ref name.Digest, desc v1.Descriptor, raw []byte, subject name.Digest) (claimed bool, err error) {
	header, err := c.doer.PutManifest(ctx, ref, desc.MediaType, raw)
	if remote.RefusesForm(err) {
		err = &SubjectRejectedError{Ref: ref, Err: err}
	}
	if err != nil {
		return false, err
	}
	return strings.TrimSpace(header.Get("OCI-Subject")) == subject.DigestStr(), nil
}

// apiLists tells whether the referrers API lists desc. A registry that claims
// to is given time: its list may lag behind its storage.
func (c *Client) apiLists(ctx context.Context, subject name.Digest, desc v1.Descriptor, claimed bool) (bool, error) {
	registry := c.probes.of(subject.RegistryStr())
	for look := 0; ; look++ {
		found := false
		visit := func(x *index) bool {
			found = found || x.has(desc.Digest.String())
			return !found
		}
		is, err := c.walkAPI(ctx, subject, "", visit)
		var unusable *ListingError
		switch {
		case found:
			return true, nil
		case errors.As(err, &unusable):
			return false, nil // where nobody can find it, it is not listed
		case err != nil:
			return false, err
		case is != served, !claimed, !registry.truthful():
			return false, nil
		case look == len(lags):
			registry.lied()
			return false, nil
		}
		if err := c.sleep(ctx, lags[look]+jitter(lags[look]/2)); err != nil {
			return false, err
		}
	}
}
