package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxManifest is the largest manifest that is taken, in bytes: what the specification says a registry should take.
const maxManifest = 4 << 20

// manifest is what the registry has to know of one.
type manifest struct {
	digest       v1.Hash
	size         int64
	mediaType    types.MediaType
	needs        []need // what has to be in the repository
	subject      *v1.Hash
	artifactType string // as the referrers API says it
	annotations  map[string]string
	since11      bool // has a field that came with OCI 1.1
}

type need struct {
	v1.Descriptor
	manifest bool
}

func (m *manifest) descriptor() v1.Descriptor {
	return v1.Descriptor{
		MediaType: m.mediaType, Digest: m.digest, Size: m.size,
		ArtifactType: m.artifactType, Annotations: m.annotations,
	}
}

// parseManifest reads an image manifest or index, of OCI or Docker.
func parseManifest(mediaType types.MediaType, digest v1.Hash, raw []byte) (*manifest, error) {
	var doc struct {
		SchemaVersion int64             `json:"schemaVersion"`
		MediaType     types.MediaType   `json:"mediaType"`
		Config        *v1.Descriptor    `json:"config"`
		Layers        []v1.Descriptor   `json:"layers"`
		Manifests     []v1.Descriptor   `json:"manifests"`
		Annotations   map[string]string `json:"annotations"`
		Subject       *v1.Descriptor    `json:"subject"`
		ArtifactType  string            `json:"artifactType"`
		FSLayers      json.RawMessage   `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, invalid("the manifest does not parse: %v", err)
	}
	if mediaType == "" {
		mediaType = doc.MediaType
	}
	m := &manifest{
		digest: digest, size: int64(len(raw)), mediaType: mediaType, annotations: doc.Annotations,
		since11: doc.Subject != nil || doc.ArtifactType != "",
	}
	switch {
	case doc.SchemaVersion != 2:
		return nil, invalid("the manifest's schemaVersion is %d, not 2", doc.SchemaVersion)
	case doc.MediaType != "" && doc.MediaType != mediaType:
		return nil, invalid("the manifest calls itself %.200q and its Content-Type %.200q", doc.MediaType, mediaType)
	case mediaType.IsImage():
		if doc.Config == nil || doc.Layers == nil || doc.Manifests != nil || doc.FSLayers != nil {
			return nil, invalid("an image manifest has a config and layers, and neither manifests nor fsLayers")
		}
		m.needs = append(m.needs, need{Descriptor: *doc.Config})
		for _, layer := range doc.Layers {
			if layer.MediaType.IsDistributable() {
				m.needs = append(m.needs, need{Descriptor: layer})
			}
		}
	case mediaType.IsIndex():
		if doc.Manifests == nil || doc.Config != nil || doc.Layers != nil || doc.FSLayers != nil {
			return nil, invalid("an index has manifests, and no config, layers or fsLayers")
		}
		for _, child := range doc.Manifests {
			isManifest := child.MediaType.IsImage() || child.MediaType.IsIndex()
			m.needs = append(m.needs, need{Descriptor: child, manifest: isManifest})
		}
	default:
		return nil, invalid("%.200q is no type of manifest that the registry takes", mediaType)
	}
	for _, need := range m.needs {
		if need.Digest == (v1.Hash{}) || need.MediaType == "" || need.Size < 0 {
			return nil, invalid("each descriptor has a mediaType, a digest and a size")
		}
	}
	if mediaType != types.OCIManifestSchema1 && mediaType != types.OCIImageIndex {
		return m, nil // Docker's types know no subject
	}
	if doc.Subject != nil {
		if doc.Subject.Digest == (v1.Hash{}) {
			return nil, invalid("the subject has no digest")
		}
		m.subject = &doc.Subject.Digest
	}
	m.artifactType = doc.ArtifactType
	if m.artifactType == "" && doc.Config != nil {
		m.artifactType = string(doc.Config.MediaType)
	}
	return m, nil
}

func invalid(format string, args ...any) error {
	return failure(http.StatusBadRequest, codeManifestInvalid, format, args...)
}

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
	raw, err := r.contents.open(found.digest)
	if errors.Is(err, errNoContent) { // deleted since
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
			return invalid("the Content-Type does not parse: %v", err)
		}
		mediaType = types.MediaType(parsed)
	}
	tooLarge := failure(http.StatusRequestEntityTooLarge, codeManifestInvalid, "a manifest has at most %d bytes", maxManifest)
	if req.ContentLength > maxManifest {
		return tooLarge
	}
	raw, err := io.ReadAll(io.LimitReader(req.Body, maxManifest+1))
	if err != nil {
		return invalid("the manifest did not arrive whole: %v", err)
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
		return invalid("the registry takes neither subject nor artifactType")
	}
	if err := r.storeManifest(name, ref.tag, m, raw, r.condition(req)); err != nil {
		return err
	}
	if m.subject != nil && r.referrersAPI {
		w.Header().Set("OCI-Subject", m.subject.String())
	}
	w.Header().Set("Etag", entityTag(digest))
	return created(w, "/v2/"+name+"/manifests/", digest)
}

func (r *Registry) storeManifest(name, tag string, m *manifest, raw []byte, holds condition) error {
	d, err := r.contents.create(m.size)
	if err != nil {
		return err
	}
	if _, err := d.Write(raw); err != nil {
		d.discard()
		return err
	}
	if err := r.catalog.addManifest(name, tag, m, d, holds); err != nil {
		d.discard()
		return err
	}
	return nil
}

func digestOf(algorithm string, raw []byte) (v1.Hash, error) {
	if algorithm == "sha256" {
		digest, _, err := v1.SHA256(bytes.NewReader(raw))
		return digest, err
	}
	sum, err := v1.Hasher(algorithm)
	if err != nil {
		return v1.Hash{}, err
	}
	sum.Write(raw)
	return v1.Hash{Algorithm: algorithm, Hex: hexSum(sum)}, nil
}

// condition is what has to hold for a manifest to be written or deleted; the zero value always holds.
type condition struct {
	match     []string
	noneMatch []string
}

// condition returns the request's, where the registry is one that honours it:
// https://www.rfc-editor.org/rfc/rfc9110.html#name-conditional-requests
func (r *Registry) condition(req *http.Request) condition {
	if !r.conditional {
		return condition{}
	}
	return condition{match: req.Header.Values("If-Match"), noneMatch: req.Header.Values("If-None-Match")}
}

func (c condition) check(repo *repository, ref reference) error {
	current, exists := repo.manifests[repo.resolve(ref)]
	digest := v1.Hash{}
	if exists {
		digest = current.digest
	}
	if len(c.match) > 0 && !(exists && matches(c.match, digest)) ||
		len(c.noneMatch) > 0 && exists && matches(c.noneMatch, digest) {
		return failure(http.StatusPreconditionFailed, codeNone, "%s has changed", ref)
	}
	return nil
}

// matches says whether a list of entity tags names the digest; "*" names any.
func matches(headers []string, digest v1.Hash) bool {
	for _, header := range headers {
		for tag := range strings.SplitSeq(header, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == entityTag(digest) {
				return true
			}
		}
	}
	return false
}
