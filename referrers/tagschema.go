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

// A snapshot is the tag schema's list as it was read at a moment.
type snapshot struct {
	*index
	digest string // of the bytes under the tag, or "" where there is no tag
	etag   string
	asked  time.Time // when the request that read it was sent
}

// readTag reads the list under the referrers tag; without a tag the list is empty.
// Something else under it is an [AliasError] or a [ForeignTagError]. Given the last
// snapshot, an unchanged list need not be transferred again.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api.
func (c *Client) readTag(ctx context.Context, subject name.Digest, last *snapshot) (*snapshot, error) {
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
	x, err := parseIndex(a.body)
	if err != nil {
		return nil, &ListingError{Source: tag.String(), Err: err}
	}
	return &snapshot{index: x, digest: digestOf(a.body), etag: strongETag(a.header), asked: asked}, nil
}

// indexType is the media type of a manifest: that of the answer, or the manifest's own if
// the answer has none of a manifest.
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

// An outcome is what became of a write to the referrers tag.
type outcome int

const (
	written  outcome = iota
	outdated         // 412: the tag has changed since it was read
	dangling         // the registry misses a manifest that the list names
	later            // failed for a temporary reason, perhaps after it was done
)

// removeTag deletes the list as it was read, and with it its tag. If the registry does not
// remove tags, it puts the empty list next there, which says the same.
func (c *Client) removeTag(ctx context.Context, subject name.Digest, read *snapshot, next *index, conditional bool) (outcome, *answer, error) {
	// By digest, so that a list that somebody else wrote meanwhile stays.
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

// writeTag puts a list under the referrers tag. If conditional, the registry is asked to
// refuse if the tag is not as read; most ignore that.
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
