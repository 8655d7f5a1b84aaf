package artifact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// ownPlatform returns the platform that the place runs on in a composition for p.
func ownPlatform(place compose.Image, p v1.Platform) (v1.Platform, error) {
	if place.Platform == "" {
		return p, nil
	}
	own, err := ParsePlatform(place.Platform)
	if err != nil {
		return v1.Platform{}, fmt.Errorf("service %q: %w", place.Service, err)
	}
	return own, nil
}

// A LeftOut lists platforms that a package does not support, because some of its images
// don't.
type LeftOut struct {
	// Platforms are offered by other images of the application.
	Platforms []v1.Platform
	// Images are the names of the images that do not offer them, each with the platforms it
	// offers.
	Images []string
}

// String returns the platforms that are left out, and why.
func (l LeftOut) String() string {
	verb := "does"
	if len(l.Images) > 1 {
		verb = "do"
	}
	return fmt.Sprintf("%s: %s %s not offer it", list(l.Platforms), strings.Join(l.Images, ", "), verb)
}

// choosePlatforms returns the platforms of the compositions in their order, and those left
// out if the user named none.
func choosePlatforms(project *compose.Project, images map[string]*Image, options Options) ([]v1.Platform, []LeftOut, error) {
	offers := map[string][]v1.Platform{}
	var problems []string
	for _, place := range project.Images {
		image := images[place.Path]
		if place.Platform != "" {
			own, err := ParsePlatform(place.Platform)
			if err != nil {
				return nil, nil, fmt.Errorf("service %q: %w", place.Service, err)
			}
			if !image.Offers(own) {
				problems = append(problems, fmt.Sprintf("%s (service %q) has no %s: it offers %s", image.Name, place.Service, own, list(image.Platforms())))
			}
			continue
		}
		if !image.Portable() {
			offers[image.Name] = image.Platforms()
		}
	}
	if options.Subject != nil && !options.Subject.Portable() {
		offers[options.Subject.Name] = options.Subject.Platforms()
	}
	chosen := slices.Clone(options.Platforms)
	var without []LeftOut
	if len(chosen) == 0 {
		chosen = common(offers)
		if len(chosen) == 0 && len(offers) > 0 {
			problems = append(problems, describeOffers(offers)...)
			return nil, nil, &PlatformError{Reason: "the images have no platform in common", Details: problems}
		}
		without = leftOut(offers, chosen)
	} else {
		problems = append(problems, lacking(offers, chosen)...)
	}
	if len(problems) > 0 {
		return nil, nil, &PlatformError{Reason: "images lack a platform", Details: problems}
	}
	return distinct(chosen), without, nil
}

// distinct returns platforms sorted, each once.
func distinct(platforms []v1.Platform) []v1.Platform {
	slices.SortFunc(platforms, comparePlatforms)
	return slices.CompactFunc(platforms, func(a, b v1.Platform) bool { return a.Equals(b) })
}

// common returns the platforms that every image offers, and those that every image runs on
// if some images offer only an older variant.
func common(offers map[string][]v1.Platform) []v1.Platform {
	var exact, others []v1.Platform
	for _, p := range offered(offers) {
		switch all := func(has func([]v1.Platform, v1.Platform) bool) bool {
			for _, platforms := range offers {
				if !has(platforms, p) {
					return false
				}
			}
			return true
		}; {
		case all(contains):
			exact = append(exact, p)
		case all(runs):
			others = append(others, p)
		}
	}
	return append(exact, slices.DeleteFunc(others, func(p v1.Platform) bool { return runs(exact, p) })...)
}

// offered returns all platforms that at least one image offers, sorted.
func offered(offers map[string][]v1.Platform) []v1.Platform {
	return distinct(slices.Concat(slices.Collect(maps.Values(offers))...))
}

func contains(platforms []v1.Platform, p v1.Platform) bool {
	return slices.ContainsFunc(platforms, p.Equals)
}

// runs reports whether one of the platforms runs on p.
func runs(platforms []v1.Platform, p v1.Platform) bool {
	return slices.ContainsFunc(Runnable(p), func(q v1.Platform) bool { return contains(platforms, q) })
}

// leftOut returns the platforms that images offer and the chosen ones do not cover, grouped
// by the images that don't offer them.
func leftOut(offers map[string][]v1.Platform, chosen []v1.Platform) []LeftOut {
	var all []LeftOut
	for _, p := range offered(offers) {
		if runs(chosen, p) {
			continue
		}
		var because []string
		for _, name := range slices.Sorted(maps.Keys(offers)) {
			if !runs(offers[name], p) {
				because = append(because, fmt.Sprintf("%s (%s)", name, list(offers[name])))
			}
		}
		same := slices.IndexFunc(all, func(l LeftOut) bool { return slices.Equal(l.Images, because) })
		if same < 0 {
			all = append(all, LeftOut{Images: because})
			same = len(all) - 1
		}
		all[same].Platforms = append(all[same].Platforms, p)
	}
	return all
}

// lacking describes the images that don't run on a platform.
func lacking(offers map[string][]v1.Platform, platforms []v1.Platform) []string {
	var problems []string
	for _, ref := range slices.Sorted(maps.Keys(offers)) {
		for _, p := range platforms {
			if !runs(offers[ref], p) {
				problems = append(problems, fmt.Sprintf("%s has no %s: it offers %s", ref, p, list(offers[ref])))
			}
		}
	}
	return problems
}

// describeOffers describes the platforms of each image.
func describeOffers(offers map[string][]v1.Platform) []string {
	var lines []string
	for _, ref := range slices.Sorted(maps.Keys(offers)) {
		lines = append(lines, fmt.Sprintf("%s offers %s", ref, list(offers[ref])))
	}
	return lines
}

// list formats platforms for display.
func list(platforms []v1.Platform) string {
	if len(platforms) == 0 {
		return "none"
	}
	var names []string
	for _, p := range platforms {
		names = append(names, p.String())
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
