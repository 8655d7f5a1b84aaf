package publish

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// Needs are everything that a package refers to.
type Needs struct {
	// Built is the package: unchanged, or with some platforms only.
	Built *artifact.Package
	// Made has the rebuilt manifests and blobs.
	Made *store.Memory
	// Roots are the package's root, and content that is not in its index.
	Roots []session.Located
	// images are all images, also those in the index.
	images []session.Located
	// Entries are the entries of index.json for content that is not in the package's index.
	Entries []v1.Descriptor
}

// ListNeeds finds everything that a package refers to, including the images of a loose package in other repositories.
func ListNeeds(ctx context.Context, s *session.Session, at session.Location, p *artifact.Package, platforms []v1.Platform) (*Needs, error) {
	m := Moving{Session: s, Src: at, Read: p, platforms: platforms}
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
	n := &Needs{Built: built, Roots: []session.Located{{Descriptor: built.Content().Descriptor, In: at.Store}}}
	if err := addMade(s, n); err != nil {
		return nil, err
	}
	for _, image := range spec.Images { // in the index of a bundle
		for _, root := range image.Roots {
			if root.Bytes == nil {
				continue
			}
			if err := s.Copier.AddManifest(store.Manifest(root)); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range built.Indexes {
		n.Roots = append(n.Roots, session.Located{Descriptor: session.Identity(d), In: at.Store})
		n.Entries = append(n.Entries, session.TaggedEntry(d))
	}
	n.images = follow.RootsIn(s, spec.Images, at.Store)
	n.addSubjects(at)
	if p.Mode == artifact.Loose {
		n.addPinned(s, at, r, spec)
		if err := n.addIncluded(ctx, s, at, r.Projects); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// relocation reads everything that the package refers to, and selects what is needed.
func (m Moving) relocation(ctx context.Context, r *artifact.Relocation) (artifact.Spec, error) {
	if err := m.ReadProjects(ctx, r); err != nil {
		return artifact.Spec{}, err
	}
	if m.Read.Mode == artifact.Loose {
		if err := m.resolve(ctx, r); err != nil {
			return artifact.Spec{}, err
		}
	} else if err := m.readListed(ctx, r); err != nil {
		return artifact.Spec{}, err
	}
	return m.Read.Relocate(*r)
}

// addSubjects adds the subjects of the package.
func (n *Needs) addSubjects(at session.Location) {
	subjects := []*v1.Descriptor{n.Built.Subject}
	for _, c := range n.Built.Compositions {
		subjects = append(subjects, c.Subject())
	}
	seen := map[v1.Hash]bool{}
	for _, subject := range subjects {
		if subject == nil || seen[subject.Digest] {
			continue
		}
		seen[subject.Digest] = true
		n.Roots = append(n.Roots, session.Located{Descriptor: *subject, In: at.Store})
		n.Entries = append(n.Entries, session.Identity(*subject))
	}
}

// addMade registers content that is only in memory: the manifests of the package, and the blobs of
// rebuilt compositions.
func addMade(s *session.Session, n *Needs) error {
	blobs := map[v1.Hash][]byte{}
	n.Made = store.NewMemory("memory", nil, blobs)
	contents := []artifact.Content{n.Built.Content()}
	for _, c := range n.Built.Compositions {
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
		if err := s.Copier.AddManifest(store.Manifest(content)); err != nil {
			return err
		}
	}
	return nil
}

// addPinned adds the images of a loose package: exactly those that its pins name.
func (n *Needs) addPinned(s *session.Session, at session.Location, r artifact.Relocation, spec artifact.Spec) {
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
		root := session.Located{Descriptor: d, In: s.StoreOf(image, at.Store)}
		n.Roots, n.images = append(n.Roots, root), append(n.images, root)
		n.Entries = append(n.Entries, session.ImageEntry(d, image.Origin))
	}
	for _, indexes := range []bool{true, false} {
		for _, part := range spec.Parts {
			for _, place := range part.Project.Images {
				add(place, part.Pins[place.Path], indexes)
			}
		}
	}
}

// pinnedTo returns the manifest or index of an image that a pin names.
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
