package artifact

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// Kept returns the positions in [Package.Compositions] of the compositions that a package
// for the platforms needs; all if no platform is given. It returns a [PlatformError] if
// there is no composition for a platform.
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

// Derives reports whether a composition for one of the platforms is made from the portable
// composition, because the package has none for it.
func (p *Package) Derives(platforms []v1.Platform) bool {
	all, err := p.keep(platforms)
	return err == nil && slices.ContainsFunc(all, func(k kept) bool { return k.derived })
}

// A kept composition is a composition of the package for a platform, or one to be made for
// it.
type kept struct {
	index    int
	platform *v1.Platform
	// derived reports that the composition is the portable one, to be pinned for the platform.
	derived bool
}

// keep selects the compositions for platforms, in the order of the package.
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
			return nil, &PlatformError{Reason: "the composition does not support a platform", Details: []string{
				"it has no " + want.String() + ": it has " + list(p.Platforms())}}
		}
	}
	if len(all) > 1 && portable >= 0 && p.IsIndex() {
		all = append(all, kept{index: portable})
	}
	return all, nil
}

// indexFor returns the position of the composition that runs on a platform, or -1.
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

// portableIndex returns the position of the portable composition, or -1.
func (p *Package) portableIndex() int {
	for i, c := range slices.Backward(p.Compositions) {
		if c.Platform == nil {
			return i
		}
	}
	return -1
}

// Elsewhere lists the places of a package whose images are in other repositories, and must
// be resolved to bundle the package.
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

// imageOf returns the image of a place, if it is known.
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

// images returns the images to copy: those in the package's repository, the subject, and
// with Bundle those in other repositories.
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
			continue // a tagged index, or the subject
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
		subject := newBundled(m.Subject, []Content{m.Subject.Root})
		if m.old.Mode == Bundled || !m.Bundle {
			subject.listing = nil // a bundle lists it already
		}
		subject.Image = nil
		all = append(all, subject)
		slices.SortFunc(all, byOrigin)
	}
	return all, nil
}

// Missing returns the images of a loose package that are not in its repository, each with
// the roots to copy for a bundle: those that the portable composition names, and any others
// that the other compositions name.
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

// someOfImages returns the images with only the roots that the kept compositions need.
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
