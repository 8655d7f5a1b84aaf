package artifact

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ParseReference reads an image reference as users and Compose files write it. The error
// says what is wrong with it.
func ParseReference(ref string) (name.Reference, error) {
	if strings.Contains(ref, "@") {
		return name.NewDigest(ref)
	}
	return name.NewTag(ref)
}

// RepositoryName returns the repository's name as Docker writes it in full:
// docker.io/library/nginx, localhost:5000/app.
func RepositoryName(repo name.Repository) string {
	return registryName(repo.Registry) + "/" + repo.RepositoryStr()
}

// ReferenceName returns the reference as Docker writes it in full.
func ReferenceName(ref name.Reference) string {
	separator := ":"
	if _, ok := ref.(name.Digest); ok {
		separator = "@"
	}
	return RepositoryName(ref.Context()) + separator + ref.Identifier()
}

// DigestName returns the digest reference REGISTRY/REPOSITORY@DIGEST.
func DigestName(repo name.Repository, digest v1.Hash) string {
	return RepositoryName(repo) + "@" + digest.String()
}

// registryName is the registry's name: Docker Hub's API host has one that
// users and Docker do not write.
func registryName(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry {
		return "docker.io"
	}
	return registry.RegistryStr()
}

// pinned returns ref, as its author wrote it, pinned to the digest. A tag stays
// for people; a digest that is there already gives way.
func pinned(ref string, digest v1.Hash) string {
	written, _, _ := strings.Cut(ref, "@")
	return written + "@" + digest.String()
}

// OriginName returns the full name of an image as its author named it: with the tag, or
// else the digest. A reference that does not parse stays as it is.
func OriginName(written string) string {
	ref, err := ParseReference(written)
	if err != nil {
		return written
	}
	tagged, digest, found := strings.Cut(written, "@")
	if !found {
		return ReferenceName(ref)
	}
	if tag, err := name.NewTag(tagged); err == nil && strings.HasSuffix(tagged, ":"+tag.TagStr()) {
		return ReferenceName(tag)
	}
	return RepositoryName(ref.Context()) + "@" + digest
}
