package referrers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// A snapshot is the tag schema's list as read at one moment.
type snapshot struct {
	*index
	digest string // of the bytes under the tag, or "" if there is no tag
	etag   string
	asked  time.Time // when the request was sent
}

// readTag reads the list under the referrers tag; if there is no tag, the list is empty.
// Any other content is an [AliasError] or a [ForeignTagError]. With the last snapshot, an
// unchanged list is not transferred again. The list counts against the budget, which may be
// nil.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api.
func (c *Client) readTag(ctx context.Context, subject name.Digest, last *snapshot, b *budget) (*snapshot, error) {
	tag := Tag(subject)
	cl := call{
		method: http.MethodGet,
		path:   manifestPath(tag.Repository, tag.TagStr()),
		header: map[string]string{"Accept": manifestTypes, "Cache-Control": "no-cache"},
	}
	if last != nil && last.etag != "" {
		cl.header["If-None-Match"] = last.etag
	}
	asked := time.Now()
	a, err := c.send(ctx, tag.Repository, cl)
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == http.StatusOK:
	case a.status == http.StatusNotModified && last != nil:
		same := *last
		same.asked = asked
		return &same, nil
	case a.status == http.StatusNotFound:
		return &snapshot{index: &index{}, asked: asked}, nil
	default:
		return nil, a.failure()
	}
	if hasDigest(a.body, subject.DigestStr()) {
		return nil, &AliasError{Tag: tag, Subject: subject.DigestStr()}
	}
	if mt := indexType(a); mt != types.OCIImageIndex {
		return nil, &ForeignTagError{Tag: tag, MediaType: mt}
	}
	if err := b.takeBytes(len(a.body)); err != nil {
		return nil, &ListingError{Source: tag.String(), Err: err}
	}
	x, err := parseIndex(a.body)
	if err != nil {
		return nil, &ListingError{Source: tag.String(), Err: err}
	}
	return &snapshot{index: x, digest: digestOf(a.body), etag: strongETag(a.header), asked: asked}, nil
}

// indexType returns the media type of a manifest: that of the response, or the manifest's
// own if the response has none for manifests.
func indexType(a *answer) types.MediaType {
	mt := a.mediaType()
	if mt.IsIndex() || mt.IsImage() || mt == "text/html" {
		return mt
	}
	m, err := parseManifest(a.body)
	switch {
	case err != nil:
		return mt
	case m.MediaType != "":
		return m.MediaType
	case m.Manifests != nil && m.Config == nil:
		return types.OCIImageIndex
	}
	return mt
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// hasDigest reports whether body has a digest.
func hasDigest(body []byte, digest string) bool {
	algorithm, encoded, _ := strings.Cut(digest, ":")
	h, err := v1.Hasher(algorithm)
	if err != nil {
		return false
	}
	_, _ = h.Write(body)
	return hex.EncodeToString(h.Sum(nil)) == encoded
}

// strongETag returns the entity tag that a condition may use, or "".
func strongETag(h http.Header) string {
	etag := strings.TrimSpace(h.Get("ETag"))
	if len(etag) < 2 || !strings.HasPrefix(etag, `"`) || !strings.HasSuffix(etag, `"`) {
		return ""
	}
	return etag
}

// An outcome is the result of a write to the referrers tag.
type outcome int

const (
	written  outcome = iota
	outdated         // 412: the tag has changed since it was read
	dangling         // a manifest in the list is missing in the registry
	later            // failed temporarily, possibly after it was done
)

// removeTag deletes the list that was read, and with it the tag. If the registry does not
// delete tags, it writes the empty list next instead.
func (c *Client) removeTag(ctx context.Context, subject name.Digest, read *snapshot, next *index, conditional bool) (outcome, *answer, error) {
	// By digest, so that a newer list of another writer is kept.
	err := c.registries.DeleteManifest(ctx, subject.Context().Digest(read.digest))
	var te *transport.Error
	switch {
	case err == nil, httperr.IsNotFound(err):
		return written, nil, nil
	case !errors.As(err, &te):
		return later, nil, err
	}
	return c.writeTag(ctx, subject, read, next, conditional)
}

// writeTag writes a list to the referrers tag. If conditional, it asks the registry to
// reject the write if the tag has changed since read; most registries ignore that.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
func (c *Client) writeTag(ctx context.Context, subject name.Digest, read *snapshot, next *index, conditional bool) (outcome, *answer, error) {
	tag := Tag(subject)
	cl := call{
		method: http.MethodPut,
		path:   manifestPath(tag.Repository, tag.TagStr()),
		header: map[string]string{"Content-Type": string(types.OCIImageIndex)},
		body:   next.encode(),
		once:   true,
	}
	if conditional {
		if read.etag != "" {
			cl.header["If-Match"] = read.etag
		} else if read.digest == "" {
			cl.header["If-None-Match"] = "*"
		}
	}
	a, err := c.send(ctx, tag.Repository, cl)
	switch {
	case err != nil:
		return later, nil, err
	case a.ok():
		return written, a, nil
	case a.status == http.StatusPreconditionFailed && conditional:
		return outdated, a, nil
	case httperr.MissesContent(a.err):
		return dangling, a, nil
	case a.temporary():
		return later, a, a.failure()
	}
	return written, a, a.failure()
}
