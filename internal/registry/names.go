package registry

import (
	"net/http"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The grammar of names and tags, from
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests. A name can't contain an
// empty part, "." or "..", or a part that starts with "_": it is a safe relative path.
var (
	nameGrammar = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar  = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]*$`)
)

const (
	maxNameLength = 255
	maxTagLength  = 128
)

func checkName(name string) error {
	if len(name) > maxNameLength || !nameGrammar.MatchString(name) {
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
	if len(s) <= maxTagLength && tagGrammar.MatchString(s) {
		return reference{tag: s}, nil
	}
	digest, err := v1.NewHash(s)
	if err != nil {
		return reference{}, failure(http.StatusBadRequest, codeManifestInvalid, "%.300q is neither a tag nor a digest", s)
	}
	return reference{digest: digest}, nil
}
