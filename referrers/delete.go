package referrers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// restoreTime limits how long restoring an entry may take after a failed deletion, even if
// the caller has given up by then.
const restoreTime = 30 * time.Second

// absentDigest is a digest without content.
var absentDigest = "sha256:" + strings.Repeat("0", 64)

// Delete deletes a manifest and its entry in the tag schema of its subject. The entry is
// deleted first, so that no list names a missing manifest, and restored if the registry
// then refuses the deletion. If the list becomes empty, its tag is deleted, or keeps an
// empty list if the registry does not delete tags. A manifest without a subject has no
// entry.
//
// Errors are [DeletionForbiddenError], in which case nothing was changed, or the registry's
// response as a [transport.Error]: 404 for a missing manifest.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func (c *Client) Delete(ctx context.Context, ref name.Digest) error {
	_, raw, err := c.registries.ReadManifest(ctx, ref)
	var none *httperr.ManifestError
	if err != nil && !errors.As(err, &none) {
		return fmt.Errorf("deleting %q: %w", ref, err)
	}
	m, err := parseManifest(raw)
	if err != nil {
		return c.deleteManifest(ctx, ref)
	}
	subject, err := m.subjectIn(ref.Repository)
	if err != nil {
		return c.deleteManifest(ctx, ref)
	}

	st := c.subjects.enter(subject)
	defer c.subjects.leave(st)
	return st.exclusive(ctx, func(ctx context.Context) error {
		return c.deleteListed(ctx, ref, subject, st)
	})
}

// deleteListed deletes a manifest with its entry.
func (c *Client) deleteListed(ctx context.Context, ref, subject name.Digest, st *subjectState) error {
	before, err := c.readTag(ctx, subject, nil, nil)
	if err != nil && !tagListsNothing(err, served) {
		return fmt.Errorf("reading the referrers tag of %q: %w", subject, err)
	}
	if err != nil || !before.has(ref.DigestStr()) {
		delete(st.seen, ref.DigestStr())
		return c.deleteManifest(ctx, ref)
	}
	if err := c.mayDelete(ctx, ref); err != nil {
		return err
	}

	u := c.newUpdate(subject, st)
	u.drop[ref.DigestStr()], u.force = true, true
	delete(st.seen, ref.DigestStr())
	changed, err := u.apply(ctx)
	if err != nil {
		return fmt.Errorf("removing %q from its list: %w", ref, err)
	}
	u.force = false
	if err := c.deleteManifest(ctx, ref); err != nil {
		return errors.Join(err, u.putBack(ctx, ref, before))
	}
	if !changed {
		return nil
	}
	// Another writer may have read the list before this write, and may restore the entry, even
	// if the registry honors conditions.
	u.proved = false
	if err := u.settle(ctx); err != nil {
		return fmt.Errorf("keeping %q out of its list: %w", ref, err)
	}
	return nil
}

// putBack restores the entry of a manifest that could not be deleted.
func (u *update) putBack(ctx context.Context, ref name.Digest, before *snapshot) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
	defer cancel()
	for _, e := range before.entries {
		if e.digest == ref.DigestStr() && e.ok {
			u.st.seen[e.digest] = e
			delete(u.drop, e.digest)
		}
	}
	// The entry counts as lost now, and is restored like any other lost entry.
	if err := u.run(ctx); err != nil {
		return fmt.Errorf("listing %q again: %w", ref, err)
	}
	return nil
}

// mayDelete tries to delete a manifest that can't exist. A registry that does not support
// deletion returns its error here, before anything is changed.
func (c *Client) mayDelete(ctx context.Context, ref name.Digest) error {
	err := c.registries.DeleteManifest(ctx, ref.Context().Digest(absentDigest))
	var te *transport.Error
	switch {
	case err == nil:
		return nil
	case httperr.RefusesDeletion(err):
		return &DeletionForbiddenError{Ref: ref, Err: registryError(err)}
	case !errors.As(err, &te), httperr.IsUnauthorized(err), traffic.RetryableStatus(te.StatusCode):
		return fmt.Errorf("deleting %q: %w", ref, err)
	}
	return nil // most return 404
}

// deleteManifest deletes a manifest. A missing manifest is not an error.
func (c *Client) deleteManifest(ctx context.Context, ref name.Digest) error {
	err := c.registries.DeleteManifest(ctx, ref)
	switch {
	case err == nil, httperr.IsNotFound(err):
		return nil
	case httperr.RefusesDeletion(err):
		return &DeletionForbiddenError{Ref: ref, Err: registryError(err)}
	}
	return err
}
