package registry

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

func (r *Registry) serveManifest(w http.ResponseWriter, req *http.Request, name, last string) error {
	ref, err := parseReference(last)
	if err != nil {
		return err
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return r.getManifest(w, req, name, ref)
	case http.MethodPut:
		return r.putManifest(w, req, name, ref)
	case http.MethodDelete:
		if !r.deletion {
			return notAllowed(w.Header(), "GET, HEAD, PUT")
		}
		if err := r.catalog.remove(name, ref, r.condition(req)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	return notAllowed(w.Header(), "GET, HEAD, PUT, DELETE")
}

// getManifest: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
func (r *Registry) getManifest(w http.ResponseWriter, req *http.Request, name string, ref reference) error {
	found, err := r.catalog.find(name, ref)
	if err != nil {
		return err
	}
	if matches(req.Header.Values("If-None-Match"), found.digest) {
		w.Header().Set("Etag", entityTag(found.digest))
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	raw, err := r.contents.Open(found.digest)
	if errors.Is(err, storage.ErrNotFound) { // deleted since
		return failure(http.StatusNotFound, codeManifestUnknown, "%s has no manifest %s", name, ref)
	}
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	w.Header().Set("Content-Type", string(found.mediaType))
	return writeContent(w, req, found.digest, raw)
}

// putManifest: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
func (r *Registry) putManifest(w http.ResponseWriter, req *http.Request, name string, ref reference) error {
	mediaType := types.MediaType("")
	if header := req.Header.Get("Content-Type"); header != "" {
		parsed, _, err := mime.ParseMediaType(header)
		if err != nil {
			return invalid("the Content-Type is invalid: %v", err)
		}
		mediaType = types.MediaType(parsed)
	}
	tooLarge := failure(http.StatusRequestEntityTooLarge, codeManifestInvalid, "the manifest is larger than %d bytes", maxManifest)
	if req.ContentLength > maxManifest {
		return tooLarge
	}
	raw, err := io.ReadAll(io.LimitReader(req.Body, maxManifest+1))
	if err != nil {
		return invalid("the manifest is incomplete: %v", err)
	}
	if len(raw) > maxManifest {
		return tooLarge
	}
	algorithm := ref.digest.Algorithm
	if ref.tag != "" {
		algorithm = "sha256"
	}
	digest, err := digestOf(algorithm, raw)
	if err != nil {
		return err
	}
	if ref.tag == "" && digest != ref.digest {
		return failure(http.StatusBadRequest, codeDigestInvalid, "the content is %s, not %s", digest, ref.digest)
	}
	m, err := parseManifest(mediaType, digest, raw)
	if err != nil {
		return err
	}
	if r.oci10 && m.since11 {
		return invalid("the registry supports neither subject nor artifactType")
	}
	more, err := r.moreTags(req, ref)
	if err != nil {
		return err
	}
	if err := r.storeManifest(name, ref.tag, m, raw, r.condition(req)); err != nil {
		return err
	}
	for _, tag := range more {
		if err := r.storeManifest(name, tag, m, raw, condition{}); err != nil {
			return err
		}
	}
	if r.tags != TagsNowhere && ref.tag != "" {
		more = append([]string{ref.tag}, more...)
	}
	if len(more) > 0 {
		w.Header().Set("OCI-Tag", strings.Join(more, ", "))
	}
	if m.subject != nil && r.referrersAPI {
		w.Header().Set("OCI-Subject", m.subject.String())
	}
	w.Header().Set("Etag", entityTag(digest))
	return created(w, "/v2/"+name+"/manifests/", digest)
}

// moreTags are the tags that a manifest gets besides its reference.
//
// See https://github.com/opencontainers/distribution-spec/blob/967efdc079b91785ad18c77cc4f8991a47feefbf/spec.md#pushing-manifests.
func (r *Registry) moreTags(req *http.Request, ref reference) ([]string, error) {
	if r.tags == TagsNowhere || r.tags == TagsByDigest && ref.tag != "" {
		return nil, nil
	}
	tags := req.URL.Query()["tag"]
	for _, tag := range tags {
		if parsed, err := parseReference(tag); err != nil || parsed.tag == "" {
			return nil, failure(http.StatusBadRequest, codeManifestInvalid, "%.300q is not a tag", tag)
		}
	}
	return tags, nil
}

func (r *Registry) storeManifest(name, tag string, m *manifest, raw []byte, holds condition) error {
	d, err := r.contents.Create(m.size)
	if err != nil {
		return err
	}
	if _, err := d.Write(raw); err != nil {
		d.Discard()
		return err
	}
	if err := r.catalog.addManifest(name, tag, m, d, holds); err != nil {
		d.Discard()
		return err
	}
	return nil
}
