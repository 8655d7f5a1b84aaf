package content

import (
	"context"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// Manifest is a manifest or index, byte for byte as in the registry.
type Manifest struct {
	// Descriptor has the media type, size and digest of Bytes.
	Descriptor v1.Descriptor
	Bytes      []byte
}

// GetManifest reads the manifest of a tag or digest, at most MaxManifestSize bytes. It
// verifies the digest against the reference, and against the Docker-Content-Digest header
// if there is one. The media type is that of the Content-Type header, and must match the
// manifest's own mediaType field.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
func (r *Registry) GetManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	m, err := r.getManifest(ctx, ref)
	if err != nil {
		return Manifest{}, fmt.Errorf("getting manifest %q: %w", ref, httperr.Brief(err))
	}
	return m, nil
}

func (r *Registry) getManifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	library, op, err := r.manifestOperation(getManifest, ref)
	if err != nil {
		return Manifest{}, err
	}
	got, err := library.puller.Get(op.begin(ctx), ref)
	if err != nil {
		err, _ = cause(err)
		return Manifest{}, err
	}
	mt, err := manifestMediaType(string(got.MediaType), got.Manifest)
	if err != nil {
		return Manifest{}, err
	}
	// The transports have checked the digest. The library uses the one in the response header
	// for Docker's signed manifests.
	digest := op.digest
	if digest.Hex == "" {
		if digest, err = hashOf("sha256", got.Manifest); err != nil {
			return Manifest{}, err
		}
	}
	return Manifest{Descriptor: v1.Descriptor{MediaType: mt, Size: int64(len(got.Manifest)), Digest: digest}, Bytes: got.Manifest}, nil
}

// manifestOperation returns the library's client for a reference's registry and an
// operation on the manifest.
func (r *Registry) manifestOperation(a action, ref name.Reference) (*library, *operation, error) {
	op := &operation{action: a, repo: ref.Context()}
	if d, ok := ref.(name.Digest); ok {
		var err error
		if op.digest, err = v1.NewHash(d.DigestStr()); err != nil {
			return nil, nil, err
		}
	}
	library, err := r.library()
	return library, op, err
}

// HeadManifest returns the descriptor of a tag or digest. It reads the manifest only if the
// response to HEAD is incomplete.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (r *Registry) HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error) {
	d, ok, err := r.headManifest(ctx, ref)
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("checking for manifest %q: %w", ref, err)
	}
	if ok {
		return d, nil
	}
	m, err := r.GetManifest(ctx, ref)
	return m.Descriptor, err
}

func (r *Registry) headManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, bool, error) {
	library, op, err := r.manifestOperation(headManifest, ref)
	if err != nil {
		return v1.Descriptor{}, false, err
	}
	d, err := library.puller.Head(op.begin(ctx), ref)
	if err != nil {
		err, ours := cause(err)
		if !ours || httperr.IsAnswer(err) && !httperr.HasStatus(err, http.StatusNotFound, http.StatusTooManyRequests) {
			// A header is missing, or HEAD was rejected: the response to GET also has the reason.
			return v1.Descriptor{}, false, nil
		}
		return v1.Descriptor{}, false, err
	}
	mt, _, err := mime.ParseMediaType(string(d.MediaType))
	if err != nil || d.Size <= 0 || !isManifest(types.MediaType(mt)) {
		return v1.Descriptor{}, false, nil
	}
	return v1.Descriptor{MediaType: types.MediaType(mt), Size: d.Size, Digest: d.Digest}, true, nil
}

// missingContent is the retry policy for a manifest whose content the registry does not
// have yet: some registries need a moment. The waits add up to about three seconds.
var missingContent = traffic.Policy{Attempts: 6, Base: 100 * time.Millisecond, Max: 1600 * time.Millisecond}

// PutManifest writes a manifest under a tag or digest and returns the response header, in
// which OCI-Subject reports that the registry processed a subject. If the registry does not
// have the manifest's content yet, it retries for a few seconds. If the registry rejects
// the manifest but already has it, that is a success: some registries reject the same
// content for an immutable tag. If the response does not give the manifest's digest, a HEAD
// request checks that the registry has it; otherwise the error is a [httperr.LostError].
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests.
func (r *Registry) PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error) {
	return r.putRetrying(ctx, ref, nil, mediaType, raw)
}

// putRetrying is PutManifest that can ask for further tags. Which of them the registry wrote is in
// the headers.
func (r *Registry) putRetrying(ctx context.Context, ref name.Reference, tags []string, mediaType types.MediaType, raw []byte) (http.Header, error) {
	attempts := r.retrier.AttemptsAt(missingContent, func(_ context.Context, f traffic.Failure) bool {
		return httperr.MissesContent(f.Err) || httperr.IsNotFound(f.Err) && httperr.GivesNoReason(f.Err)
	})
	for {
		h, err := r.putOnce(ctx, ref, tags, mediaType, raw)
		if err == nil && h.Get(digestHeader) == "" {
			return h, r.confirm(ctx, ref, raw)
		}
		if err == nil {
			return h, nil
		}
		again, werr := attempts.Again(ctx, traffic.Failure{Err: err})
		if werr != nil {
			return nil, werr
		}
		if again {
			continue
		}
		if traffic.IsRefused(err) && !httperr.HasStatus(err, http.StatusUnauthorized) && r.hasManifest(ctx, ref, raw) {
			return http.Header{}, nil
		}
		return nil, fmt.Errorf("putting manifest %q: %w", ref, err)
	}
}

// hasManifest reports whether a tag or digest already points to the manifest. If the check
// fails, it returns false.
func (r *Registry) hasManifest(ctx context.Context, ref name.Reference, raw []byte) bool {
	there, err := r.HeadManifest(ctx, ref)
	if err != nil {
		return false
	}
	want, err := hashOf(there.Digest.Algorithm, raw)
	return err == nil && want == there.Digest
}

func (r *Registry) putOnce(ctx context.Context, ref name.Reference, tags []string, mediaType types.MediaType, raw []byte) (http.Header, error) {
	library, op, err := r.manifestOperation(putManifest, ref)
	if err != nil {
		return nil, err
	}
	op.tags = tags
	algorithm := "sha256"
	if op.digest.Hex != "" {
		algorithm = op.digest.Algorithm
	}
	digest, err := hashOf(algorithm, raw)
	if err != nil {
		return nil, err
	}
	if op.digest.Hex != "" && digest != op.digest {
		return nil, &httperr.DigestError{Want: op.digest, Got: digest}
	}
	// This is the PUT. Package remote describes the transports that it passes.
	if err := library.pusher.Put(op.begin(ctx), ref, encoded{raw, mediaType, digest}); err != nil {
		err, _ = cause(err)
		return nil, err
	}
	if err := checkHeader(op.answer, raw, digest); err != nil {
		return nil, fmt.Errorf("the registry stored different content: %w", err)
	}
	return op.answer, nil
}

// encoded is a manifest in the form that the library pushes.
type encoded struct {
	raw       []byte
	mediaType types.MediaType
	digest    v1.Hash
}

func (e encoded) RawManifest() ([]byte, error)        { return e.raw, nil }
func (e encoded) MediaType() (types.MediaType, error) { return e.mediaType, nil }
func (e encoded) Digest() (v1.Hash, error)            { return e.digest, nil }
func (e encoded) Size() (int64, error)                { return int64(len(e.raw)), nil }

// DeleteManifest deletes a manifest by digest, or a tag.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests.
func (r *Registry) DeleteManifest(ctx context.Context, ref name.Reference) error {
	library, op, err := r.manifestOperation(deleteManifest, ref)
	if err == nil {
		err, _ = cause(library.pusher.Delete(op.begin(ctx), ref))
	}
	if err != nil {
		return fmt.Errorf("deleting manifest %q: %w", ref, err)
	}
	return nil
}

// hashOf hashes content that is in memory.
func hashOf(algorithm string, b []byte) (v1.Hash, error) {
	h, err := v1.Hasher(algorithm)
	if err != nil {
		return v1.Hash{}, err
	}
	_, _ = h.Write(b)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(h.Sum(nil))}, nil
}
