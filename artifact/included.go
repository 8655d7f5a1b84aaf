package artifact

import (
	"cmp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// An Included is a composition that Compose files of a bundle include or extend, and that the
// bundle has in its own repository.
type Included struct {
	// Origin is the reference that the files had it by: "oci://example.com/shop:1".
	Origin      string
	Composition Composition
}

// listed is how the bundle's index lists it: like an image, without the artifact type, so that
// Docker Compose does not take it for the composition of the bundle.
func (i Included) listed() v1.Descriptor { return named(i.Composition.Descriptor, i.Origin) }

// isIncluded tells whether an entry of a bundle's index is a composition that others include.
func isIncluded(d v1.Descriptor) bool {
	return strings.HasPrefix(d.Annotations[AnnotationImageRef], "oci://")
}

// WithFiles returns the composition with other Compose files and carried files: those of the
// same names replace the files that it has. All else stays.
func (c Composition) WithFiles(files []compose.File) (Composition, error) {
	before, err := c.Layers()
	if err != nil {
		return c, err
	}
	content := map[string]compose.File{}
	for _, f := range files {
		content[f.Name] = f
	}
	form := compositionForm{
		artifactType: c.Manifest.ArtifactType, config: c.Manifest.Config, subject: c.Manifest.Subject,
		annotations: c.Manifest.Annotations,
	}
	return buildComposition(relayered(c, before, content), c.Platform, form)
}

// include adds compositions that the files include or extend.
func (s *Spec) include(all []Included) {
	s.Included = all
	for _, i := range all {
		s.Listed = append(s.Listed, i.listed())
	}
}

// withOrigins returns compositions that a package includes with where they came from, as far
// as the package knows it.
func (p *Package) withOrigins(all []Included) []Included {
	origins := map[string]string{}
	for _, d := range p.Images {
		if isIncluded(d) {
			origins[d.Digest.String()] = d.Annotations[AnnotationImageRef]
		}
	}
	named := slices.Clone(all)
	for i := range named {
		_, digest, _ := strings.Cut(named[i].Origin, "@")
		named[i].Origin = cmp.Or(origins[digest], named[i].Origin)
	}
	return named
}
