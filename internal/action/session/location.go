package session

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
)

// A Location is the location of a package: a store, and a tag or digest in it.
type Location struct {
	Store store.Store
	Ref   string
}

// String returns the reference as people write it.
func (l Location) String() string { return RefName(l.Store, l.Ref) }

// RefName returns the reference of a tag or digest in a store.
func RefName(s store.Source, ref string) string {
	if ref == "" {
		return s.Name()
	}
	if _, err := v1.NewHash(ref); err == nil {
		return s.Name() + "@" + ref
	}
	return s.Name() + ":" + ref
}

// DigestName returns a digest reference in a store.
func DigestName(s store.Source, digest v1.Hash) string { return s.Name() + "@" + digest.String() }

// SourceOf returns the origin of a bundled image.
func SourceOf(at Location, d v1.Descriptor) string {
	if ref := d.Annotations[artifact.AnnotationImageRef]; ref != "" {
		return ref
	}
	return DigestName(at.Store, d.Digest)
}
