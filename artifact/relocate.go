package artifact

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// relocate builds the package that a stored one becomes in another repository:
// the images that move are pointed at there, by the same digests.
func (r *Remote) relocate(ctx context.Context, stored *Stored, to name.Repository, bundle bool) (*Package, error) {
	m := move{stored: stored, to: to, bundle: bundle}
	if err := r.openCompositions(ctx, &m); err != nil {
		return nil, err
	}
	if err := r.resolveMoved(ctx, &m); err != nil {
		return nil, err
	}
	return m.build(ctx)
}

// A move is a stored package on its way to another repository.
type move struct {
	stored *Stored
	to     name.Repository
	bundle bool

	// projects are the applications of the compositions, in their order.
	projects []*compose.Project
	// subject is the image that the package is attached to, or nil.
	subject *Image
	// images are the images that move, by the reference in the files.
	images map[string]*Image
}

// openCompositions reads every composition's files.
func (r *Remote) openCompositions(ctx context.Context, m *move) error {
	m.projects = make([]*compose.Project, len(m.stored.Compositions))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range m.stored.Compositions {
		group.Go(func() error {
			project, err := r.Open(ctx, m.stored.Repository, c)
			m.projects[i] = project
			return err
		})
	}
	return group.Wait()
}

// Open reads a composition's project.
func (r *Remote) Open(ctx context.Context, repo name.Repository, c StoredComposition) (*compose.Project, error) {
	files, err := r.Files(ctx, repo, c)
	if err != nil {
		return nil, err
	}
	project, err := compose.Open(ctx, files)
	if err != nil {
		return nil, fmt.Errorf("reading the files of composition %s: %w", DigestName(repo, c.Descriptor.Digest), err)
	}
	return project, nil
}

// resolveMoved resolves the subject, and every image that is bundled on the
// way, each once.
func (r *Remote) resolveMoved(ctx context.Context, m *move) error {
	if s := m.stored.Subject; s != nil {
		subject, err := r.Resolve(ctx, m.stored.Repository.Digest(s.Digest.String()))
		if err != nil {
			return fmt.Errorf("reading the subject %s: %w", DigestName(m.stored.Repository, s.Digest), err)
		}
		m.subject = subject
	}
	if !m.bundle || m.stored.Mode == Bundled {
		return nil
	}
	var places []compose.Image
	for _, project := range m.projects {
		for _, place := range project.Images {
			if _, here := m.here(place); !here {
				places = append(places, place)
			}
		}
	}
	var err error
	m.images, err = r.resolvePlaces(ctx, places, &m.to)
	return err
}

// here returns the digest of a place's image where that is in the package's own
// repository: every image of a bundle, and the subject. The files may name
// another repository, where the package was before a client copied it.
func (m *move) here(place compose.Image) (v1.Hash, bool) {
	ref, err := ParseImage(place.Ref)
	if err != nil {
		return v1.Hash{}, false
	}
	digest, ok := ref.(name.Digest)
	if !ok || m.stored.Mode != Bundled && !m.isSubject(digest) {
		return v1.Hash{}, false
	}
	hash, err := v1.NewHash(digest.DigestStr())
	return hash, err == nil
}

// isSubject tells whether the digest is the subject's or one of its platforms'.
func (m *move) isSubject(digest name.Digest) bool {
	if m.subject == nil {
		return false
	}
	is := func(d v1.Descriptor) bool { return d.Digest.String() == digest.DigestStr() }
	return is(m.subject.Root.Descriptor) || slices.ContainsFunc(m.subject.Manifests, is)
}

// build makes the package of the projects, re-pinned.
func (m *move) build(ctx context.Context) (*Package, error) {
	mode := Loose
	if m.bundle {
		mode = Bundled
	}
	p := &Package{Repository: m.to, Mode: mode, Subject: m.subject, Source: m.stored.Repository}
	for i, old := range m.stored.Compositions {
		pins := m.pins(m.projects[i])
		c, err := m.rewrite(ctx, old, m.projects[i], pins, mode)
		if err != nil {
			return nil, err
		}
		p.Compositions = append(p.Compositions, c)
		p.Pins = append(p.Pins, PlatformPins{Platform: c.Platform, Pins: pins})
	}
	listed := m.stored.Images
	if m.bundle && m.stored.Mode == Loose {
		p.Images = m.bundled()
		for _, image := range p.Images {
			listed = append(listed, image.descriptors()...)
		}
	}
	p.Images = append(p.Images, m.along()...)
	if mode == Loose && !m.stored.IsIndex() {
		p.Root = p.Compositions[0].Content
		return p, nil
	}
	var err error
	p.Root, err = newIndex(p.Compositions, listed, m.stored.Subject, annotated(m.stored.Annotations, mode))
	return p, err
}

// along are the images that the package has in its repository already: those of
// a bundle, as its index lists them, and the subject.
func (m *move) along() []BundledImage {
	var all []BundledImage
	for _, d := range m.stored.Images {
		image := &Image{Ref: m.stored.Repository.Digest(d.Digest.String()), Origin: d.Annotations[AnnotationImageRef]}
		all = append(all, BundledImage{Image: image, Roots: []Content{{Descriptor: *reference(d)}}, Unlisted: true})
	}
	if m.subject != nil {
		all = append(all, BundledImage{Image: m.subject, Roots: []Content{m.subject.Root}, Unlisted: true})
	}
	return all
}

// pins are what the places of a project get: those that move the new
// repository, the others what they had.
func (m *move) pins(project *compose.Project) compose.Pins {
	pins := compose.Pins{}
	for _, place := range project.Images {
		pin := compose.Pin{Ref: place.Ref}
		if digest, here := m.here(place); here {
			pin = compose.Pin{Ref: DigestName(m.to, digest), InPlace: true}
		} else if image := m.images[place.Ref]; image != nil {
			pin = compose.Pin{Ref: DigestName(m.to, image.Root.Descriptor.Digest), InPlace: true}
		}
		pins[place.Path] = pin
	}
	return pins
}

// onlyPlatform is the platform of a composition that stands alone: the one that
// its pins are of, where they are all manifests of one.
func (m *move) onlyPlatform() *v1.Platform {
	var only *v1.Platform
	for _, image := range m.images {
		switch {
		case image.Portable():
		case image.IsIndex(), only != nil && !only.Equals(*image.Manifests[0].Platform):
			return nil
		default:
			only = image.Manifests[0].Platform
		}
	}
	return only
}

// rewrite returns the composition with its compose files pinned anew. Every
// other layer, and all else that its manifest says, stays.
func (m *move) rewrite(ctx context.Context, old StoredComposition, project *compose.Project, pins compose.Pins, mode Mode) (Composition, error) {
	files, err := project.Pin(ctx, pins)
	if err != nil {
		return Composition{}, err
	}
	manifest := old.Manifest
	manifest.Annotations = annotated(manifest.Annotations, mode)
	config, err := newContent(manifest.Config.MediaType, []byte("{}"))
	if err != nil {
		return Composition{}, err
	}
	c := Composition{Platform: old.Platform, Subject: manifest.Subject}
	if c.Platform == nil && !m.stored.IsIndex() {
		c.Platform = m.onlyPlatform()
	}
	if config.Descriptor.Digest == manifest.Config.Digest {
		c.Blobs = append(c.Blobs, config)
	} else {
		c.Kept = append(c.Kept, manifest.Config)
	}
	composed, err := m.composeLayers(old, files, &c)
	if err != nil {
		return Composition{}, err
	}
	rest := slices.DeleteFunc(slices.Clone(manifest.Layers), isMerged)
	c.Kept = append(c.Kept, rest...)
	manifest.Layers = append(composed, rest...)
	c.Content, err = encode(manifest.MediaType, manifest)
	return c, err
}

// composeLayers describes the compose files and adds them to what c uploads. A
// file that was there before keeps its layer's annotations.
func (m *move) composeLayers(old StoredComposition, files []compose.File, c *Composition) ([]v1.Descriptor, error) {
	before, err := old.Layers()
	if err != nil {
		return nil, err
	}
	annotations := map[string]map[string]string{}
	for _, l := range before {
		annotations[l.File.Name] = l.Descriptor.Annotations
	}
	var layers []v1.Descriptor
	for _, file := range files {
		if file.Kind != compose.ComposeFile {
			continue
		}
		layer, err := newContent(ComposeFileType, file.Content)
		if err != nil {
			return nil, err
		}
		layer.Descriptor.Annotations = annotations[file.Name]
		if layer.Descriptor.Annotations == nil {
			layer.Descriptor.Annotations = layerAnnotations(file)
		}
		layers = append(layers, layer.Descriptor)
		c.Blobs = append(c.Blobs, layer)
	}
	return layers, nil
}

// isMerged tells whether a layer is one of the files that Docker Compose merges.
func isMerged(d v1.Descriptor) bool {
	_, extended := d.Annotations[AnnotationExtends]
	return d.MediaType == ComposeFileType && !extended
}

// bundled are the images that a bundle takes along: what the portable
// composition names, and what the others name besides.
func (m *move) bundled() []BundledImage {
	reached := map[v1.Hash]bool{}
	var all []BundledImage
	take := func(project *compose.Project) {
		for _, place := range project.Images {
			image := m.images[place.Ref]
			if image == nil {
				continue
			}
			root := image.Root.Descriptor
			if reached[root.Digest] {
				continue
			}
			for _, d := range append(below(image.Root), root) {
				reached[d.Digest] = true
			}
			all = append(all, BundledImage{Image: image, Roots: []Content{image.Root}})
		}
	}
	for i, c := range slices.Backward(m.stored.Compositions) {
		if c.Platform == nil {
			take(m.projects[i])
		}
	}
	for i := range m.stored.Compositions {
		take(m.projects[i])
	}
	slices.SortFunc(all, func(a, b BundledImage) int {
		return strings.Compare(a.Image.Origin, b.Image.Origin)
	})
	return all
}

// below are the descriptors that an index lists.
func below(content Content) []v1.Descriptor {
	if !content.Descriptor.MediaType.IsIndex() {
		return nil
	}
	var index v1.IndexManifest
	if json.Unmarshal(content.Bytes, &index) != nil {
		return nil
	}
	return index.Manifests
}
