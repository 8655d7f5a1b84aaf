package artifact

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// buildIndex builds the composition index: the compositions in their order, then the
// bundled images. The portable composition is the last composition, because Docker Compose
// reads the last one.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
func buildIndex(p *Package) (sealedIndex, error) {
	var entries []mutate.IndexAddendum
	for _, c := range p.Compositions {
		entries = append(entries, c.entry())
	}
	for _, d := range p.Images {
		entries = append(entries, listing(d))
	}
	index := mutate.AppendManifests(newIndexBase(Type), entries...)
	index = mutate.Annotations(index, p.Annotations).(v1.ImageIndex)
	if p.Subject != nil {
		// Must come last: a later mutation drops the subject.
		index = mutate.Subject(index, *p.Subject).(v1.ImageIndex)
	}
	return sealIndex(index)
}
