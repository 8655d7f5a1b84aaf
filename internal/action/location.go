package action

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/store"
)

// A Location is the location of a package: a store, and a tag or digest in it.
type Location struct {
	Store store.Store
	Ref   string
}

// String returns the reference as people write it.
func (l Location) String() string { return refName(l.Store, l.Ref) }

// refName returns the reference of a tag or digest in a store.
func refName(s store.Source, ref string) string {
	if ref == "" {
		return s.Name()
	}
	if _, err := v1.NewHash(ref); err == nil {
		return s.Name() + "@" + ref
	}
	return s.Name() + ":" + ref
}

// digestName returns a digest reference in a store.
func digestName(s store.Source, digest v1.Hash) string { return s.Name() + "@" + digest.String() }
