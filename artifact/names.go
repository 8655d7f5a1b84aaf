package artifact

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ParseReference parses an image reference as users and Compose files write it: with a tag,
// a digest or both. A missing registry is Docker Hub, a missing tag "latest". It fails if
// the reference is invalid.
func ParseReference(ref string) (name.Reference, error) {
	if strings.Contains(ref, "@") {
		return name.NewDigest(ref)
	}
	return name.NewTag(ref)
}

// RepositoryName returns the repository's full name as Docker writes it:
// docker.io/library/nginx, localhost:5000/app.
func RepositoryName(repo name.Repository) string {
	return registryName(repo.Registry) + "/" + repo.RepositoryStr()
}

// ReferenceName returns the full reference as Docker writes it.
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

// registryName returns the registry's name: docker.io for Docker Hub, not its API host.
func registryName(registry name.Registry) string {
	if registry.RegistryStr() == name.DefaultRegistry {
		return "docker.io"
	}
	return registry.RegistryStr()
}

// pinned returns ref, as its author wrote it, pinned to the digest. A tag is kept for
// people; an existing digest is replaced.
func pinned(ref string, digest v1.Hash) string {
	written, _, _ := strings.Cut(ref, "@")
	return written + "@" + digest.String()
}

// OriginName returns the full name of an image as its author wrote it: with the tag,
// otherwise the digest. An invalid reference is returned unchanged.
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
