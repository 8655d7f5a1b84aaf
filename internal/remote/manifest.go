package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// MaxManifestSize bounds a manifest, in bytes: twice what the specification
// asks registries to take.
const MaxManifestSize = 8 << 20

// Manifest is a manifest or index as the registry has it, byte for byte.
type Manifest struct {
	// Descriptor has the media type, size and digest of Bytes.
	Descriptor v1.Descriptor
	Bytes      []byte
}

// acceptManifests names every kind of manifest there is to read. A registry
// converts or refuses what isn't named.
var acceptManifests = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// GetManifest reads the manifest of a tag or digest. Its size is bounded by
// MaxManifestSize, its digest is that of the reference and of the
// Docker-Content-Digest header where there is one, and its media type is the
// Content-Type header's, with which its own mediaType field has to agree.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
func (c *Client) GetManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	m, err := c.getManifest(ctx, ref)
	if err != nil {
		return Manifest{}, fmt.Errorf("getting manifest %q: %w", ref, err)
	}
	return m, nil
}

func (c *Client) getManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	req, err := request(http.MethodGet, manifestPath(ref))
	if err != nil {
		return Manifest{}, err
	}
	req.Header.Set("Accept", acceptManifests)
	res, raw, err := c.fetch(ctx, ref.Context(), req, MaxManifestSize)
	if err != nil {
		return Manifest{}, err
	}
	digest, err := manifestDigest(ref, raw)
	if err != nil {
		return Manifest{}, err
	}
	if err := agrees(res.Header, raw, digest); err != nil {
		return Manifest{}, err
	}
	mt, err := manifestMediaType(res.Header.Get("Content-Type"), raw)
	if err != nil {
		return Manifest{}, err
	}
	return Manifest{Descriptor: v1.Descriptor{MediaType: mt, Size: int64(len(raw)), Digest: digest}, Bytes: raw}, nil
}

func (c *Client) manifestRequest(ctx context.Context, ref name.Reference, method string) (*http.Response, error) {
	repo := ref.Context()
	req, err := request(method, manifestPath(ref))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", acceptManifests)
	return c.Do(ctx, repo, req)
}

func manifestPath(ref name.Reference) string {
	return "/v2/" + ref.Context().RepositoryStr() + "/manifests/" + ref.Identifier()
}

// manifestDigest returns the digest of raw, in the algorithm of the reference
// if it has one, and checks it against that.
func manifestDigest(ref name.Reference, raw []byte) (v1.Hash, error) {
	d, ok := ref.(name.Digest)
	if !ok {
		h, _, err := v1.SHA256(bytes.NewReader(raw))
		return h, err
	}
	want, err := v1.NewHash(d.DigestStr())
	if err != nil {
		return v1.Hash{}, err
	}
	got, err := hashOf(want.Algorithm, raw)
	if err != nil {
		return v1.Hash{}, err
	}
	if got != want {
		return v1.Hash{}, &DigestError{Want: want, Got: got}
	}
	return got, nil
}

// agrees checks the registry's own idea of the digest.
func agrees(h http.Header, raw []byte, digest v1.Hash) error {
	v := h.Get("Docker-Content-Digest")
	if v == "" {
		return nil
	}
	says, err := v1.NewHash(v)
	if err != nil {
		return errors.New("the registry sent a Docker-Content-Digest that is no digest")
	}
	got := digest
	if says.Algorithm != digest.Algorithm {
		if got, err = hashOf(says.Algorithm, raw); err != nil {
			return nil // an algorithm that is new here, of which digest doesn't depend
		}
	}
	if got != says {
		return &DigestError{Want: says, Got: got}
	}
	return nil
}

// MediaTypeOf returns the media type of a manifest that comes without a Content-Type: what
// it says itself, or else what it looks like. It errors where that is no manifest.
func MediaTypeOf(raw []byte) (types.MediaType, error) { return manifestMediaType("", raw) }

// manifestMediaType decides what a manifest is. Two different answers to that
// make it two different things to two readers, so they are an error.
func manifestMediaType(contentType string, raw []byte) (types.MediaType, error) {
	header := types.MediaType("")
	if mt, _, err := mime.ParseMediaType(contentType); err == nil {
		header = types.MediaType(mt)
	}
	switch header {
	case "application/json", "application/octet-stream", "text/plain":
		header = ""
	}
	var body struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     types.MediaType `json:"mediaType"`
		Manifests     json.RawMessage `json:"manifests"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		if header == "text/html" {
			return "", errors.New("the answer is a web page, not a manifest")
		}
		return "", errors.New("the manifest is not valid JSON")
	}
	switch {
	case header != "" && body.MediaType != "" && header != body.MediaType:
		return "", fmt.Errorf("the registry says it is %q, the manifest says it is %q",
			cleanText(string(header)), cleanText(string(body.MediaType)))
	case len(body.Manifests) > 0 && (len(body.Config) > 0 || len(body.Layers) > 0):
		return "", errors.New("the manifest is an image and an index at the same time")
	case header != "":
		return header, nil
	case body.MediaType != "":
		return body.MediaType, nil
	case body.SchemaVersion == 1:
		return types.DockerManifestSchema1, nil
	case len(body.Manifests) > 0:
		return types.OCIImageIndex, nil
	default:
		return types.OCIManifestSchema1, nil
	}
}

// HeadManifest tells the descriptor of a tag or digest without reading the
// manifest, where the registry says enough in answer to HEAD. Where it
// doesn't, the manifest is read.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (c *Client) HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error) {
	d, ok, err := c.headManifest(ctx, ref)
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("asking for manifest %q: %w", ref, err)
	}
	if ok {
		return d, nil
	}
	m, err := c.GetManifest(ctx, ref)
	return m.Descriptor, err
}

func (c *Client) headManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, bool, error) {
	res, err := c.manifestRequest(ctx, ref, http.MethodHead)
	if err != nil {
		return v1.Descriptor{}, false, err
	}
	defer drain(res)
	switch res.StatusCode {
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return v1.Descriptor{}, false, nil
	}
	if err := CheckStatus(res, http.StatusOK); err != nil {
		return v1.Descriptor{}, false, err
	}
	digest, err := v1.NewHash(res.Header.Get("Docker-Content-Digest"))
	if d, ok := ref.(name.Digest); ok {
		want, werr := v1.NewHash(d.DigestStr())
		if werr != nil {
			return v1.Descriptor{}, false, werr
		}
		if err == nil && digest.Algorithm == want.Algorithm && digest != want {
			return v1.Descriptor{}, false, &DigestError{Want: want, Got: digest}
		}
		digest, err = want, nil
	}
	mt, _, mtErr := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || mtErr != nil || res.ContentLength <= 0 || !isManifest(types.MediaType(mt)) {
		return v1.Descriptor{}, false, nil
	}
	return v1.Descriptor{MediaType: types.MediaType(mt), Size: res.ContentLength, Digest: digest}, true, nil
}

func isManifest(mt types.MediaType) bool { return mt.IsImage() || mt.IsIndex() }

// PutManifest writes a manifest under a tag or digest and returns the headers
// of the answer, of which OCI-Subject tells whether the registry has taken
// notice of a subject. Where the registry does not know the manifest's content yet
// (MissesContent), the manifest is put again for some seconds.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests.
func (c *Client) PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error) {
	for refused := 1; ; refused++ {
		h, err := c.putManifest(ctx, ref, mediaType, raw)
		if err == nil {
			return h, nil
		}
		wait, again := ContentWait(refused)
		if !again || !MissesContent(err) {
			return nil, fmt.Errorf("putting manifest %q: %w", ref, err)
		}
		c.emit(nil, Event{Kind: Waiting, Wait: wait, Err: err})
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (c *Client) putManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error) {
	digest, err := manifestDigest(ref, raw)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPut, manifestPath(ref), bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", string(mediaType))
	res, err := c.Do(ctx, ref.Context(), req)
	if err != nil {
		return nil, err
	}
	defer drain(res)
	if err := CheckStatus(res, http.StatusCreated, http.StatusOK, http.StatusAccepted); err != nil {
		return nil, err
	}
	if err := agrees(res.Header, raw, digest); err != nil {
		return nil, fmt.Errorf("the registry stored something else: %w", err)
	}
	return res.Header, nil
}

// DeleteManifest deletes a manifest by digest, or a tag.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func (c *Client) DeleteManifest(ctx context.Context, ref name.Reference) error {
	res, err := c.manifestRequest(ctx, ref, http.MethodDelete)
	if err == nil {
		defer drain(res)
		err = CheckStatus(res, http.StatusAccepted, http.StatusOK, http.StatusNoContent)
	}
	if err != nil {
		return fmt.Errorf("deleting manifest %q: %w", ref, err)
	}
	return nil
}
