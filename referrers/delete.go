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

// restoreTime is how long putting back an entry may take after a deletion failed, even if
// the caller has given up by then.
const restoreTime = 30 * time.Second

// absentDigest is a digest that no content has.
var absentDigest = "sha256:" + strings.Repeat("0", 64)

// Delete deletes a manifest and its entry in the tag schema of its subject. The entry goes
// first, so that no list names a manifest that is not there, and comes back if the registry
// then refuses to delete. If that leaves the list empty, its tag is removed, or keeps an
// empty list if the registry does not remove tags. A manifest without a subject is just
// deleted.
//
// Errors are [DeletionForbiddenError], before which nothing was changed, or the registry's
// answer as a [transport.Error]: 404 for a manifest that is not there.
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
		return fmt.Errorf("taking %q off its list: %w", ref, err)
	}
	u.force = false
	if err := c.deleteManifest(ctx, ref); err != nil {
		return errors.Join(err, u.putBack(ctx, ref, before))
	}
	if !changed {
		return nil
	}
	// Another writer may have read the list before it was written, and bring the entry
	// back, even if the registry honors conditions.
	u.proved = false
	if err := u.settle(ctx); err != nil {
		return fmt.Errorf("keeping %q off its list: %w", ref, err)
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
	// The entry is lost now, and restored as any other that exists.
	if err := u.run(ctx); err != nil {
		return fmt.Errorf("listing %q again: %w", ref, err)
	}
	return nil
}

// mayDelete asks for the deletion of what can't exist. A registry that does not delete says
// so here, when nothing has been changed yet.
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
	return nil // most say 404
}

// deleteManifest deletes a manifest; one that is gone already is deleted.
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
