package referrers

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Describe returns the descriptor with which a manifest or index is listed among the
// referrers of its subject, and the digest of that subject: the zero Hash where it has none.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
func Describe(mediaType types.MediaType, raw []byte) (d v1.Descriptor, subject v1.Hash, err error) {
	m, err := parseManifest(raw)
	if err != nil {
		return v1.Descriptor{}, v1.Hash{}, err
	}
	if m.Subject != nil {
		if subject, err = v1.NewHash(m.Subject.Digest); err != nil {
			return v1.Descriptor{}, v1.Hash{}, err
		}
	}
	d, err = m.describe(mediaType, raw)
	return d, subject, err
}

// Filter returns the descriptors that the options choose, in the order of [Client.List].
func Filter(all []v1.Descriptor, opts ...ListOption) []v1.Descriptor {
	found := map[string]v1.Descriptor{}
	for _, d := range all {
		found[d.Digest.String()] = d
	}
	return sorted(filter(found, newListing(opts).artifactType))
}
