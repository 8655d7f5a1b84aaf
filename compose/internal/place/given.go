package place

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// Given are the user's images: for a service by its name, for all services that run an
// image by its reference in the files, and for all services that are built by the key
// [AllBuilt], whose value is a template.
type Given map[string]string

const (
	// AllBuilt is the key for all services that are built.
	AllBuilt = "*"
	// ServiceMark stands for the name of the service in a template.
	ServiceMark = "{service}"
)

// giving assigns the given images to containers.
type giving struct {
	Given
	// builders are the services that build an image, by its reference.
	builders map[string]string
	used     map[string]bool
}

func (g Given) in(m map[string]any, packaged []string) giving {
	all := giving{Given: g, builders: map[string]string{}, used: map[string]bool{}}
	for c := range Containers(m) {
		ref, _ := c.Fields["image"].(string)
		if _, known := all.builders[ref]; !known && ref != "" && c.isBuilt() && slices.Contains(packaged, c.Name) {
			all.builders[ref] = c.Name
		}
	}
	return all
}

func (c Container) isBuilt() bool { return c.Fields["build"] != nil }

// image returns the image of a service or job: the user's, otherwise that of the files.
func (g giving) image(c Container, ref string) string {
	if given, ok := g.Given[c.Name]; ok {
		g.used[c.Name] = true
		return given
	}
	if given, ok := g.Given[ref]; ok && ref != "" {
		g.used[ref] = true
		return given
	}
	template, ok := g.Given[AllBuilt]
	builder := c.Name
	if !c.isBuilt() {
		if builder = g.builders[ref]; builder == "" {
			return ref
		}
	} else if first := g.builders[ref]; first != "" {
		builder = first // services that share an image also share the given image
	}
	if !ok {
		return ref
	}
	g.used[AllBuilt] = true
	return strings.ReplaceAll(template, ServiceMark, builder)
}

// unused returns an error for each given image that no service gets.
func (g giving) unused(packaged []string) []error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(g.Given)) {
		var reason string
		switch {
		case key == AllBuilt && !strings.Contains(g.Given[key], ServiceMark):
			reason = fmt.Sprintf("an image is given for all services that are built, but %[2]q does not contain %[1]s", ServiceMark, g.Given[key])
		case g.used[key] || slices.Contains(packaged, key):
			continue
		case key == AllBuilt:
			reason = "an image is given for all services that are built, but no service is built"
		default:
			reason = fmt.Sprintf("an image is given for %q, which is neither a service nor the image of one (services: %s)", key, strings.Join(packaged, ", "))
		}
		errs = append(errs, &problem.Error{Kind: problem.Image, Subject: key, Reason: reason})
	}
	return errs
}
