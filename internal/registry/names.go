package registry

import (
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

func checkName(name string) error {
	if len(name) > storage.MaxNameLength || !storage.IsName(name) {
		return failure(http.StatusBadRequest, codeNameInvalid, "%.300q is not a repository name", name)
	}
	return nil
}

func parseDigest(s string) (v1.Hash, error) {
	digest, err := v1.NewHash(s)
	if err != nil {
		return v1.Hash{}, failure(http.StatusBadRequest, codeDigestInvalid, "%.300q is not a sha256 or sha512 digest", s)
	}
	return digest, nil
}

// reference is the last part of a manifest's URL: a tag, or a digest if the tag is empty.
type reference struct {
	tag    string
	digest v1.Hash
}

func (r reference) String() string {
	if r.tag != "" {
		return r.tag
	}
	return r.digest.String()
}

func parseReference(s string) (reference, error) {
	if len(s) <= storage.MaxTagLength && storage.IsTag(s) {
		return reference{tag: s}, nil
	}
	digest, err := v1.NewHash(s)
	if err != nil {
		return reference{}, failure(http.StatusBadRequest, codeManifestInvalid, "%.300q is neither a tag nor a digest", s)
	}
	return reference{digest: digest}, nil
}
