package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// serveUploads begins an upload, or creates a blob immediately: from the body, or from another repository.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
func (r *Registry) serveUploads(w http.ResponseWriter, req *http.Request, name string) error {
	if req.Method != http.MethodPost {
		return notAllowed(w.Header(), "POST")
	}
	query := req.URL.Query()
	if query.Has("mount") {
		digest, err := parseDigest(query.Get("mount"))
		if err != nil {
			return err
		}
		from := name
		if query.Has("from") {
			from = query.Get("from")
			if err := checkName(from); err != nil {
				return err
			}
		}
		mounted, err := r.catalog.mountBlob(name, from, digest)
		if err != nil {
			return err
		}
		if mounted {
			return created(w, "/v2/"+name+"/blobs/", digest)
		}
	}
	var digest v1.Hash
	if query.Has("digest") {
		var err error
		if digest, err = parseDigest(query.Get("digest")); err != nil {
			return err
		}
	}
	hint := int64(-1)
	if query.Has("digest") {
		hint = req.ContentLength
	}
	d, err := r.contents.Create(hint)
	if err != nil {
		return err
	}
	session := r.uploads.start(name, d)
	session.mu.Lock()
	defer session.release()
	if !query.Has("digest") {
		return session.accepted(w, http.StatusAccepted)
	}
	if err := session.receive(req.Body); err != nil {
		r.uploads.drop(session)
		return err
	}
	return r.finish(w, session, digest)
}

// serveUpload continues an upload.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
func (r *Registry) serveUpload(w http.ResponseWriter, req *http.Request, name, id string) error {
	switch req.Method {
	case http.MethodGet, http.MethodPatch, http.MethodPut, http.MethodDelete:
	default:
		return notAllowed(w.Header(), "GET, PATCH, PUT, DELETE")
	}
	session, err := r.uploads.acquire(name, id)
	if err != nil {
		return err
	}
	defer session.release()
	switch req.Method {
	case http.MethodGet:
		return session.accepted(w, http.StatusNoContent)
	case http.MethodDelete:
		r.uploads.drop(session)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case http.MethodPatch:
		if err := session.chunk(w, req); err != nil {
			return err
		}
		return session.accepted(w, http.StatusAccepted)
	}
	digest, err := parseDigest(req.URL.Query().Get("digest"))
	if err != nil {
		return err
	}
	before := session.size
	if err := session.chunk(w, req); err != nil {
		// The client will send the final request again, with its complete body.
		return errors.Join(err, session.cut(before))
	}
	return r.finish(w, session, digest)
}

var chunkRange = regexp.MustCompile(`^([0-9]{1,18})-([0-9]{1,18})$`)

// chunk appends a request's body, which must match its Content-Range.
func (s *upload) chunk(w http.ResponseWriter, req *http.Request) error {
	header := req.Header.Get("Content-Range")
	if header == "" {
		return s.receive(req.Body)
	}
	parts := chunkRange.FindStringSubmatch(header)
	if parts == nil {
		return failure(http.StatusBadRequest, codeBlobUploadInvalid, "%.100q is not a range of bytes", header)
	}
	first, _ := strconv.ParseInt(parts[1], 10, 64) // both fit: they have at most 18 digits
	last, _ := strconv.ParseInt(parts[2], 10, 64)
	if first != s.size {
		s.describe(w.Header())
		return failure(http.StatusRequestedRangeNotSatisfiable, codeBlobUploadInvalid, "the next byte is %d, not %d", s.size, first)
	}
	before, size := s.size, last-first+1
	if size < 1 || req.ContentLength >= 0 && req.ContentLength != size {
		return failure(http.StatusBadRequest, codeSizeInvalid, "the range and the length of the content do not agree")
	}
	err := s.receive(io.LimitReader(req.Body, size+1))
	switch {
	case err != nil:
		return err
	case s.size-before != size:
		return errors.Join(
			failure(http.StatusBadRequest, codeSizeInvalid, "the range and the length of the content do not agree"),
			s.cut(before))
	}
	return nil
}

// finish makes the upload a blob.
func (r *Registry) finish(w http.ResponseWriter, s *upload, digest v1.Hash) error {
	if err := s.verify(digest); err != nil {
		r.uploads.drop(s)
		return err
	}
	if err := r.catalog.addBlob(s.name, digest, s.size, s.draft); err != nil {
		return err
	}
	s.closed = true
	r.uploads.drop(s)
	return created(w, "/v2/"+s.name+"/blobs/", digest)
}

// accepted responds with the location of the upload.
func (s *upload) accepted(w http.ResponseWriter, status int) error {
	s.describe(w.Header())
	w.WriteHeader(status)
	return nil
}

func (s *upload) describe(header http.Header) {
	header.Set("Location", "/v2/"+s.name+"/blobs/uploads/"+s.id)
	header.Set("Range", fmt.Sprintf("0-%d", max(s.size-1, 0)))
	header.Set("Docker-Upload-UUID", s.id)
}

func created(w http.ResponseWriter, parent string, digest v1.Hash) error {
	w.Header().Set("Location", parent+digest.String())
	w.Header().Set("Docker-Content-Digest", digest.String())
	w.WriteHeader(http.StatusCreated)
	return nil
}
