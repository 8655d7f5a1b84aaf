package action

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/store"
)

// needs are what a package leads to.
type needs struct {
	// built is the package: as it was read, or with some platforms only.
	built *artifact.Package
	// made has what was built anew.
	made *store.Memory
	// roots are the package's root, and what is not in its index.
	roots []located
	// images are all images, also those in the index.
	images []located
	// entries are how index.json lists what is not in the package's index.
	entries []v1.Descriptor
}

// needs finds what a package leads to: also the images of a loose one, which are elsewhere.
func (s *Session) needs(ctx context.Context, at Location, p *artifact.Package, platforms []v1.Platform) (*needs, error) {
	m := moving{session: s, src: at, read: p, platforms: platforms}
	r := artifact.Relocation{Platforms: platforms}
	spec, built := p.Verbatim(), p
	if p.Mode == artifact.Loose || len(platforms) > 0 {
		var err error
		if spec, err = m.relocation(ctx, &r); err != nil {
			return nil, err
		}
	}
	if len(platforms) > 0 {
		var err error
		if built, err = artifact.Build(ctx, spec); err != nil {
			return nil, err
		}
	}
	n := &needs{built: built, roots: []located{{built.Content().Descriptor, at.Store}}}
	if err := s.addMade(n); err != nil {
		return nil, err
	}
	for _, image := range spec.Images { // in the index of a bundle
		for _, root := range image.Roots {
			if root.Bytes == nil {
				continue
			}
			if err := s.copier.AddManifest(store.Manifest(root)); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range built.Indexes {
		n.roots = append(n.roots, located{identity(d), at.Store})
		n.entries = append(n.entries, taggedEntry(d))
	}
	n.images = s.rootsIn(spec.Images, at.Store)
	n.addSubjects(at)
	if p.Mode == artifact.Loose {
		n.addPinned(s, at, r, spec)
		if err := n.addIncluded(ctx, s, at, r.Projects); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// relocation reads all that the package leads to, and says what of it is needed.
func (m moving) relocation(ctx context.Context, r *artifact.Relocation) (artifact.Spec, error) {
	if err := m.readProjects(ctx, r); err != nil {
		return artifact.Spec{}, err
	}
	if m.read.Mode == artifact.Loose {
		if err := m.resolve(ctx, r); err != nil {
			return artifact.Spec{}, err
		}
	} else if err := m.readListed(ctx, r); err != nil {
		return artifact.Spec{}, err
	}
	return m.session.relocated(m.read, *r)
}

// addSubjects adds what the package is attached to.
func (n *needs) addSubjects(at Location) {
	subjects := []*v1.Descriptor{n.built.Subject}
	for _, c := range n.built.Compositions {
		subjects = append(subjects, c.Subject())
	}
	seen := map[v1.Hash]bool{}
	for _, subject := range subjects {
		if subject == nil || seen[subject.Digest] {
			continue
		}
		seen[subject.Digest] = true
		n.roots = append(n.roots, located{*subject, at.Store})
		n.entries = append(n.entries, identity(*subject))
	}
}

// addMade makes known what is in memory only: the manifests of the package, and the blobs of
// compositions that were built anew.
func (s *Session) addMade(n *needs) error {
	blobs := map[v1.Hash][]byte{}
	n.made = store.NewMemory("memory", nil, blobs)
	contents := []artifact.Content{n.built.Content()}
	for _, c := range n.built.Compositions {
		contents = append(contents, c.Content())
		all, err := c.Blobs()
		if err != nil {
			return err
		}
		for _, blob := range all {
			if blob.Bytes != nil {
				blobs[blob.Descriptor.Digest] = blob.Bytes
			}
		}
	}
	for _, content := range contents {
		if err := s.copier.AddManifest(store.Manifest(content)); err != nil {
			return err
		}
	}
	return nil
}

// addPinned adds the images of a loose package: what its pins name, and no more.
func (n *needs) addPinned(s *Session, at Location, r artifact.Relocation, spec artifact.Spec) {
	seen := map[v1.Hash]bool{}
	add := func(place compose.Image, pin compose.Pin, indexes bool) {
		image := r.Images[place.Ref]
		if image == nil {
			return // it is in the repository of the package
		}
		d, ok := pinnedTo(image, pin)
		if !ok || seen[d.Digest] || d.MediaType.IsIndex() != indexes {
			return
		}
		seen[d.Digest] = true
		if indexes {
			for _, m := range image.Manifests {
				seen[m.Digest] = true // it is reached from there
			}
		}
		root := located{d, s.storeOf(image, at.Store)}
		n.roots, n.images = append(n.roots, root), append(n.images, root)
		n.entries = append(n.entries, imageEntry(d, image.Origin))
	}
	for _, indexes := range []bool{true, false} {
		for _, part := range spec.Parts {
			for _, place := range part.Project.Images {
				add(place, part.Pins[place.Path], indexes)
			}
		}
	}
}

// pinnedTo returns what of an image a pin names.
func pinnedTo(image *artifact.Image, pin compose.Pin) (v1.Descriptor, bool) {
	ref, err := artifact.ParseReference(pin.Ref)
	if err != nil {
		return v1.Descriptor{}, false
	}
	for _, d := range append([]v1.Descriptor{image.Root.Descriptor}, image.Manifests...) {
		if d.Digest.String() == ref.Identifier() {
			return d, true
		}
	}
	_, isDigest := ref.(name.Digest)
	return image.Root.Descriptor, !isDigest // not pinned: what the tag points at
}
