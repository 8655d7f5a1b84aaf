package artifact

import (
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
)

// A shelf holds the content of built packages.
type shelf struct {
	t       *testing.T
	content map[v1.Hash][]byte
	images  []*Image
}

func newShelf(t *testing.T, p plan) *shelf {
	s := &shelf{t: t, content: map[v1.Hash][]byte{}}
	for _, image := range p.images {
		s.images = append(s.images, image)
	}
	return s
}

// reread parses a built package as if it came from a registry.
func (s *shelf) reread(built *Package) *Package {
	s.t.Helper()
	for _, c := range built.Compositions {
		blobs, err := c.Blobs()
		require.NoError(s.t, err)
		for _, blob := range blobs {
			if blob.Bytes != nil {
				s.content[blob.Descriptor.Digest] = blob.Bytes
			}
		}
	}
	p, err := Parse("it", built.Content())
	require.NoError(s.t, err)
	require.Len(s.t, p.Compositions, len(built.Compositions))
	for i, c := range p.Compositions {
		if p.Compositions[i], err = c.Read("it", built.Compositions[i].Content()); err == nil && !p.IsIndex() {
			p.Compositions[i].Platform = c.Platform
		}
		require.NoError(s.t, err)
	}
	return p
}

// projects opens the compositions of a package.
func (s *shelf) projects(p *Package) []*compose.Project {
	s.t.Helper()
	var all []*compose.Project
	for _, c := range p.Compositions {
		layers, err := c.Layers()
		require.NoError(s.t, err)
		var files []compose.File
		for _, l := range layers {
			if l.File.Kind != compose.ExtraFile { // not needed to open a project
				l.File.Content = s.content[l.Descriptor.Digest]
			}
			files = append(files, l.File)
		}
		project, err := compose.Open(s.t.Context(), files, nil)
		require.NoError(s.t, err)
		all = append(all, project)
	}
	return all
}

// image returns the image that a reference or descriptor with a digest resolves to.
func (s *shelf) image(digest, name string) *Image {
	s.t.Helper()
	for _, image := range s.images {
		if image.Root.Descriptor.Digest.String() == digest {
			return image
		}
		for _, d := range image.Manifests {
			if d.Digest.String() == digest {
				return &Image{Name: name, Origin: image.Origin, Root: Content{Descriptor: *reference(d)}, Manifests: []v1.Descriptor{d}}
			}
		}
	}
	require.Fail(s.t, "no image has the digest", digest)
	return nil
}

// relocate builds a package for another destination.
func (s *shelf) relocate(p *Package, r Relocation) (*Package, Spec) {
	s.t.Helper()
	r.Projects = s.projects(p)
	if p.Subject != nil {
		r.Subject = s.image(p.Subject.Digest.String(), "subject")
	}
	r.Images = map[string]*Image{}
	for _, place := range r.Elsewhere(p) {
		ref, err := name.NewDigest(place.Ref)
		require.NoError(s.t, err, place.Ref)
		r.Images[place.Ref] = s.image(ref.DigestStr(), place.Ref)
	}
	if !r.Bundle && len(r.Platforms) == 0 {
		r.Images = nil // not resolved
	}
	if len(r.Platforms) > 0 || r.Flat {
		for _, d := range slices.Concat(p.Images, p.Indexes) {
			r.Listed = append(r.Listed, s.image(d.Digest.String(), originOf(d)))
		}
	}
	spec, err := p.Relocate(r)
	require.NoError(s.t, err)
	built, err := Build(s.t.Context(), spec)
	require.NoError(s.t, err)
	checkDescribed(s.t, built)
	return s.reread(built), spec
}

// checkDescribed checks that an index describes its compositions.
func checkDescribed(t *testing.T, p *Package) {
	t.Helper()
	for _, c := range p.Compositions {
		again, err := newContent(c.Content().Descriptor.MediaType, c.Content().Bytes)
		require.NoError(t, err)
		require.Equal(t, again.Descriptor.Digest, c.Content().Descriptor.Digest)
	}
}

func (s *shelf) byName(name string) *Image {
	s.t.Helper()
	i := slices.IndexFunc(s.images, func(image *Image) bool { return image.Name == name })
	require.GreaterOrEqual(s.t, i, 0, name)
	return s.images[i]
}

// refs are the images that a project uses.
func refs(p *compose.Project) map[string]string {
	all := map[string]string{}
	for _, place := range p.Images {
		all[place.Path] = place.Ref
	}
	return all
}

// roots are the digests of the copied images.
func roots(spec Spec) []string {
	var all []string
	for _, image := range spec.Images {
		for _, root := range image.Roots {
			all = append(all, root.Descriptor.Digest.String())
		}
	}
	return all
}
