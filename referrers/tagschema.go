package referrers

import (
	"context"
	"crypto"
	"crypto/sha256"
	_ "crypto/sha512" // for subjects named by sha384 and sha512
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A snapshot is the tag schema's list as it was read at a moment.
type snapshot struct {
	*index
	digest string // of the bytes under the tag, or "" where there is no tag
	etag   string
	asked  time.Time // when the request that read it was sent
}

// readTag reads the list under the referrers tag; no tag is an empty list.
// Something else under it is an [AliasError] or a [ForeignTagError]. With the
// last snapshot given, an unchanged list need not be transferred again.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api
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
	if sameDigest(a.body, subject.DigestStr()) {
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

// indexType is the media type of a manifest: the answer's, or the body's own
// where the registry gave none of a manifest.
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

// sameDigest tells whether body's digest in the algorithm of digest is digest.
func sameDigest(body []byte, digest string) bool {
	algorithm, encoded, _ := strings.Cut(digest, ":")
	hashes := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}
	hash, ok := hashes[algorithm]
	if !ok {
		return false
	}
	h := hash.New()
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil)) == encoded
}

// strongETag gives the entity tag that a condition may be put on.
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
	outdated         // 412: the tag is not what was read any more
	dangling         // the registry misses a manifest that the list names
	later            // failed for a passing reason, perhaps after it was done
)

// writeTag puts a list under the referrers tag, or removes the tag where the
// list is empty. With a condition, the registry is asked to refuse if the tag
// is not as read; most ignore that.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
func (c *Client) writeTag(ctx context.Context, subject name.Digest, read *snapshot, next *index, conditional bool) (outcome, *answer, error) {
	tag := Tag(subject)
	if len(next.entries) == 0 && len(next.extra) == 0 && read.digest != "" {
		// By digest, so that a list which someone else wrote meanwhile stays.
		a, err := c.send(ctx, tag.Repository, call{method: http.MethodDelete, path: manifestPath(tag.Repository, read.digest)})
		if err != nil {
			return later, nil, err
		}
		if a.ok() || a.status == http.StatusNotFound {
			return written, a, nil
		}
		// This registry keeps its tags: an empty list says the same.
	}
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
	case a.hasCode(transport.ManifestBlobUnknownErrorCode, transport.ManifestUnknownErrorCode, transport.BlobUnknownErrorCode):
		return dangling, a, nil
	case a.transient():
		return later, a, a.failure()
	}
	return written, a, a.failure()
}
