package registry

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// serveBlob reads or deletes a blob:
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-blobs
func (r *Registry) serveBlob(w http.ResponseWriter, req *http.Request, name, last string) error {
	if !reads(req) && req.Method != http.MethodDelete {
		return notAllowed(w.Header(), "GET, HEAD, DELETE")
	}
	digest, err := parseDigest(last)
	if err != nil {
		return err
	}
	unknown := failure(http.StatusNotFound, codeBlobUnknown, "%s has no blob %s", name, digest)
	if req.Method == http.MethodDelete {
		if !r.deletion {
			return notAllowed(w.Header(), "GET, HEAD")
		}
		found, err := r.catalog.deleteBlob(name, digest)
		switch {
		case err != nil:
			return err
		case !found:
			return unknown
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if _, ok := r.catalog.hasBlob(name, digest); !ok {
		return unknown
	}
	blob, err := r.contents.Open(digest)
	if errors.Is(err, storage.ErrNotFound) { // deleted meanwhile
		return unknown
	}
	if err != nil {
		return err
	}
	defer func() { _ = blob.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Accept-Ranges", "bytes")
	return writeContent(w, req, digest, blob)
}

// writeContent responds with the content, or the part requested by a Range header:
// https://www.rfc-editor.org/rfc/rfc9110.html#name-range-requests
func writeContent(w http.ResponseWriter, req *http.Request, digest v1.Hash, from storage.Content) error {
	header := w.Header()
	header.Set("Docker-Content-Digest", digest.String())
	header.Set("Etag", entityTag(digest))
	part, status := byteRange{0, from.Size()}, http.StatusOK
	if req.Method == http.MethodGet && header.Get("Accept-Ranges") != "" && rangeApplies(req, digest) {
		asked, err := parseRange(req.Header.Get("Range"), from.Size())
		switch {
		case errors.Is(err, errUnsatisfiable):
			header.Set("Content-Range", fmt.Sprintf("bytes */%d", from.Size()))
			return failure(http.StatusRequestedRangeNotSatisfiable, codeNone, "the content has %d bytes", from.Size())
		case err == nil:
			part, status = asked, http.StatusPartialContent
			header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.start, part.start+part.length-1, from.Size()))
		}
	}
	header.Set("Content-Length", strconv.FormatInt(part.length, 10))
	if req.Method == http.MethodHead {
		w.WriteHeader(status)
		return nil
	}
	w.WriteHeader(status)
	if err := from.WriteRange(w, part.start, part.length); err != nil {
		// The status is sent: the client has gone, or must see that the body ends early.
		panic(http.ErrAbortHandler)
	}
	return nil
}

func entityTag(digest v1.Hash) string { return `"` + digest.String() + `"` }

// rangeApplies ignores a Range header if its If-Range names other content.
func rangeApplies(req *http.Request, digest v1.Hash) bool {
	condition := req.Header.Get("If-Range")
	return condition == "" || condition == entityTag(digest)
}

type byteRange struct{ start, length int64 }

var (
	errNoRange       = errors.New("not a single range of bytes")
	errUnsatisfiable = errors.New("no byte in the range")
)

// parseRange parses a Range header for content of size bytes. The error is errNoRange for a header that the registry
// may ignore: other units, several ranges, and invalid headers.
func parseRange(header string, size int64) (byteRange, error) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok {
		return byteRange{}, errNoRange
	}
	from, to, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return byteRange{}, errNoRange
	}
	if from == "" {
		length, err := parsePosition(to)
		switch {
		case err != nil:
			return byteRange{}, errNoRange
		case length == 0 || size == 0:
			return byteRange{}, errUnsatisfiable
		}
		length = min(length, size)
		return byteRange{size - length, length}, nil
	}
	start, err := parsePosition(from)
	if err != nil {
		return byteRange{}, errNoRange
	}
	end := size - 1
	if to != "" {
		last, err := parsePosition(to)
		if err != nil || last < start {
			return byteRange{}, errNoRange
		}
		end = min(end, last)
	}
	if start >= size {
		return byteRange{}, errUnsatisfiable
	}
	return byteRange{start, end - start + 1}, nil
}

func parsePosition(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}
