package artifact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/compose"
)

// ownPlatform is the platform that the place runs on in a composition of p.
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

// choosePlatforms returns the platforms of the compositions in their order.
func choosePlatforms(project *compose.Project, images map[string]*Image, options Options) ([]v1.Platform, error) {
	offers := map[string][]v1.Platform{}
	var problems []string
	for _, place := range project.Images {
		image := images[place.Path]
		if place.Platform != "" {
			own, err := ParsePlatform(place.Platform)
			if err != nil {
				return nil, fmt.Errorf("service %q: %w", place.Service, err)
			}
			if _, ok := image.For(own); !ok {
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
	chosen := options.Platforms
	if len(chosen) == 0 {
		chosen = common(offers)
		if len(chosen) == 0 && len(offers) > 0 {
			problems = append(problems, describeOffers(offers)...)
			return nil, &PlatformError{Reason: "the images have no platform in common", Details: problems}
		}
	} else {
		problems = append(problems, lacking(offers, chosen)...)
	}
	if len(problems) > 0 {
		return nil, &PlatformError{Reason: "images lack a platform", Details: problems}
	}
	chosen = slices.Clone(chosen)
	slices.SortFunc(chosen, comparePlatforms)
	return slices.CompactFunc(chosen, func(a, b v1.Platform) bool { return a.Equals(b) }), nil
}

// common returns the platforms that every image offers.
func common(offers map[string][]v1.Platform) []v1.Platform {
	var all []v1.Platform
	first := true
	for _, offered := range offers {
		if first {
			all, first = slices.Clone(offered), false
			continue
		}
		all = slices.DeleteFunc(all, func(p v1.Platform) bool { return !slices.ContainsFunc(offered, p.Equals) })
	}
	return all
}

// lacking describes the images that offer nothing which runs on a platform.
func lacking(offers map[string][]v1.Platform, platforms []v1.Platform) []string {
	var problems []string
	for _, ref := range slices.Sorted(maps.Keys(offers)) {
		for _, p := range platforms {
			runs := slices.ContainsFunc(Runnable(p), func(q v1.Platform) bool { return slices.ContainsFunc(offers[ref], q.Equals) })
			if !runs {
				problems = append(problems, fmt.Sprintf("%s has no %s: it offers %s", ref, p, list(offers[ref])))
			}
		}
	}
	return problems
}

// describeOffers tells what each image offers.
func describeOffers(offers map[string][]v1.Platform) []string {
	var lines []string
	for _, ref := range slices.Sorted(maps.Keys(offers)) {
		lines = append(lines, fmt.Sprintf("%s offers %s", ref, list(offers[ref])))
	}
	return lines
}

// list writes platforms for people.
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
