package artifact

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// Kept are the indexes, in the package, of the compositions that a package for the
// platforms is made of; all where none is named.
func (p *Package) Kept(platforms []v1.Platform) ([]int, error) {
	chosen, err := p.keep(platforms)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, k := range chosen {
		if !slices.Contains(all, k.index) {
			all = append(all, k.index)
		}
	}
	return all, nil
}

// Derives tells whether a composition for one of the platforms is made of the portable one,
// because the package has none.
func (p *Package) Derives(platforms []v1.Platform) bool {
	all, err := p.keep(platforms)
	return err == nil && slices.ContainsFunc(all, func(k kept) bool { return k.derived })
}

// A kept composition is one of the package that is for a platform, or is made to be.
type kept struct {
	index    int
	platform *v1.Platform
	// derived tells that the composition is the portable one, which is pinned for the
	// platform.
	derived bool
}

// keep chooses the compositions for platforms, in the order of the package.
func (p *Package) keep(platforms []v1.Platform) ([]kept, error) {
	var all []kept
	if len(platforms) == 0 {
		for i, c := range p.Compositions {
			all = append(all, kept{index: i, platform: c.Platform})
		}
		return all, nil
	}
	portable := p.portableIndex()
	for _, want := range distinct(slices.Clone(platforms)) {
		i := p.indexFor(want)
		switch {
		case i >= 0 && !slices.ContainsFunc(all, func(k kept) bool { return k.index == i }):
			all = append(all, kept{index: i, platform: p.Compositions[i].Platform})
		case i < 0 && portable >= 0:
			all = append(all, kept{index: portable, platform: &want, derived: true})
		case i < 0:
			return nil, &PlatformError{Reason: "the composition is not for a platform", Details: []string{
				"it has no " + want.String() + ": it is for " + list(p.Platforms())}}
		}
	}
	if len(all) > 1 && portable >= 0 && p.IsIndex() {
		all = append(all, kept{index: portable})
	}
	return all, nil
}

// indexFor is the index of the composition that runs on a platform, or -1.
func (p *Package) indexFor(platform v1.Platform) int {
	for _, want := range Runnable(platform) {
		for i, c := range p.Compositions {
			if c.Platform != nil && Normalize(*c.Platform).Equals(want) {
				return i
			}
		}
	}
	return -1
}

// portableIndex is the index of the portable composition, or -1.
func (p *Package) portableIndex() int {
	for i, c := range slices.Backward(p.Compositions) {
		if c.Platform == nil {
			return i
		}
	}
	return -1
}

// Elsewhere lists the places of a package whose images are not in its own repository, and
// have to be resolved where the package is bundled on its way.
func (r Relocation) Elsewhere(p *Package) []compose.Image {
	var places []compose.Image
	for _, project := range r.Projects {
		if project == nil {
			continue
		}
		for _, place := range project.Images {
			if _, inRepo := r.digestInRepo(p, place); !inRepo {
				places = append(places, place)
			}
		}
	}
	return places
}

// imageOf returns the image that a place names, if it is known.
func (m mover) imageOf(place compose.Image) (*Image, bool) {
	if image := m.Images[place.Ref]; image != nil {
		return image, true
	}
	ref, err := ParseReference(place.Ref)
	if err != nil {
		return nil, false
	}
	digest, ok := ref.(name.Digest)
	if !ok {
		return nil, false
	}
	all := m.Listed
	if m.Subject != nil {
		all = append(slices.Clone(all), m.Subject)
	}
	for _, image := range all {
		if image.has(digest.DigestStr()) {
			return image, true
		}
	}
	return nil, false
}

// images are what the package brings along: those that it has in its repository, the
// subject, and with Bundle those that are elsewhere.
func (m mover) images() ([]BundledImage, error) {
	all, err := m.chosenImages()
	if len(m.Included) > 0 {
		all = slices.DeleteFunc(all, func(i BundledImage) bool { return len(i.listing) == 1 && isIncluded(i.listing[0]) })
	}
	if err != nil || !m.Flat && len(m.old.Indexes) == 0 {
		return all, err
	}
	for i, image := range all {
		if len(image.listing) == 0 {
			continue // an index that has a tag, or the subject
		}
		if all[i], err = image.flat(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (m mover) chosenImages() ([]BundledImage, error) {
	if len(m.Platforms) > 0 {
		return m.someOfImages()
	}
	var all []BundledImage
	if m.Bundle && m.old.Mode == Loose {
		all = m.Missing(m.old)
	}
	if m.Flat && len(m.old.Indexes) == 0 {
		for _, image := range m.Listed {
			all = append(all, newBundled(image, []Content{image.Root}))
		}
	} else {
		all = append(all, m.old.ownImages()...)
	}
	if m.Subject != nil {
		all = append(all, BundledImage{Origin: m.Subject.Origin, Roots: []Content{m.Subject.Root}})
	}
	return all, nil
}

// Missing are the images that a loose package runs and does not have in its repository, each
// with all that a bundle takes along: what the portable composition names, and what the
// others name besides.
func (r Relocation) Missing(p *Package) []BundledImage {
	reached := map[v1.Hash]bool{}
	var all []BundledImage
	take := func(project *compose.Project) {
		if project == nil {
			return
		}
		for _, place := range project.Images {
			image := r.Images[place.Ref]
			if image == nil {
				continue
			}
			root := image.Root.Descriptor
			if reached[root.Digest] {
				continue
			}
			for _, d := range append(image.Root.Listed(), root) {
				reached[d.Digest] = true
			}
			for _, d := range image.Manifests {
				reached[d.Digest] = true
			}
			all = append(all, newBundled(image, []Content{image.Root}))
		}
	}
	for i, c := range slices.Backward(p.Compositions) {
		if c.Platform == nil {
			take(r.Projects[i])
		}
	}
	for i := range p.Compositions {
		take(r.Projects[i])
	}
	slices.SortFunc(all, byOrigin)
	return all
}

// someOfImages are images, with only what the kept compositions need of them.
func (m mover) someOfImages() ([]BundledImage, error) {
	needed := map[*Image][]v1.Platform{}
	var order []*Image
	for _, k := range m.kept {
		for _, place := range m.Projects[k.index].Images {
			image, found := m.imageOf(place)
			if !found {
				continue
			}
			platforms := m.Platforms
			if k.platform != nil {
				platforms = []v1.Platform{*k.platform}
			}
			if place.Platform != "" {
				own, err := ownPlatform(place, v1.Platform{})
				if err != nil {
					return nil, err
				}
				platforms = []v1.Platform{own}
			}
			if needed[image] == nil {
				order = append(order, image)
			}
			needed[image] = append(needed[image], platforms...)
		}
	}
	var all []BundledImage
	for _, image := range order {
		inRepo := slices.Contains(m.Listed, image) || image == m.Subject
		if !inRepo && !m.Bundle {
			continue
		}
		roots, err := image.narrow(needed[image], len(m.kept) == 1)
		if err != nil {
			return nil, err
		}
		if old := image.Root.Descriptor.Digest; len(roots) == 1 && roots[0].IsIndex() && roots[0].Descriptor.Digest != old {
			m.trimmed[old] = roots[0].Descriptor.Digest
		}
		bundled := newBundled(image, roots)
		if image == m.Subject && !m.Bundle {
			bundled.listing = nil
		}
		all = append(all, bundled)
	}
	slices.SortFunc(all, byOrigin)
	return all, nil
}
