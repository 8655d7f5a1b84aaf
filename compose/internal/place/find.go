package place

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A Found is a place that names an image.
type Found struct {
	// Path is [Image.Path].
	Path string
	// Service is the name of the service, job or model.
	Service string
	// Ref is the reference after interpolation; "" for a service that is only built.
	Ref string
	// Built is true if a service of the project builds the image.
	Built bool
	// Platform is the container's own platform, or "".
	Platform string
	// Position is where the reference is written, as far as known.
	Position problem.Position
}

// A Finder finds the images of a merged model.
type Finder struct {
	// Given are the user's images, which take precedence.
	Given Given
	// Locate finds where a value is written, by its steps in the files.
	Locate func(steps ...string) problem.Position
	// Marks are the marks of variables without a value.
	Marks variables.Marks
	// AllowUnset accepts references with variables that have no value, as written.
	AllowUnset bool
	// Project, if set, is the name of the project, which is part of the names of built images:
	// PROJECT-SERVICE.
	Project string

	// Required are the variables without which Docker Compose fails.
	Required map[string]bool
	// Emptied are the images with unset variables that Docker Compose accepts. Find fills it.
	Emptied []Emptied

	giving giving
	found  []Found
	errs   []error
}

// Find lists the images of the services and jobs that are packaged, and of all models,
// by path. It returns every error that it finds.
func (f *Finder) Find(m map[string]any, packaged []string) ([]Found, []error) {
	f.found, f.errs = nil, nil
	f.giving = f.Given.in(m, packaged)
	service := ""
	for c := range Containers(m) {
		if c.Fields == nil || !slices.Contains(packaged, c.Name) {
			continue
		}
		platform := f.platform(c)
		if !c.IsHook() {
			service = platform
		} else if platform == "" {
			platform = service
		}
		f.container(c, platform)
	}
	for image := range models(m) {
		if image.Ref != "" {
			f.add(image, "", "models", image.Name, "model")
		}
	}
	f.errs = append(f.errs, f.giving.unused(packaged)...)
	slices.SortFunc(f.found, func(a, b Found) int { return strings.Compare(a.Path, b.Path) })
	return f.found, f.errs
}

// container lists the images of one container.
func (f *Finder) container(c Container, platform string) {
	mounted := map[string]bool{}
	for image := range c.images(f.Marks) {
		switch {
		case image.Mount != "" && image.Ref != "" && mounted[image.Mount]:
			f.errs = append(f.errs, &problem.Error{Kind: problem.Syntax, Service: c.Name, Position: f.Locate(c.Steps("volumes")...),
				Reason: fmt.Sprintf("two images are mounted at %q", image.Mount)})
		case image.Mount != "" && image.Ref != "":
			mounted[image.Mount] = true
			f.add(image, platform, c.Steps("volumes", image.Mount, "source")...)
		case image.Mount != "":
		case !c.IsHook() && c.Fields["provider"] == nil: // a provider does not run a container
			image.built = c.isBuilt() || f.giving.builders[image.Ref] != ""
			if image.Ref = f.giving.image(c, image.Ref); image.Ref == "" && image.built && f.Project != "" {
				image.Ref = f.Project + "-" + c.Name
			}
			f.add(image, platform, c.Steps("image")...)
		case c.IsHook() && image.Ref != "":
			f.add(image, platform, c.Steps("image")...)
		}
	}
}

// add records an image, or the variable that it needs.
func (f *Finder) add(image Image, platform string, steps ...string) {
	found := Found{Path: image.Path, Service: image.Name, Ref: image.Ref, Built: image.built, Platform: platform}
	if unset := f.Marks.Unset(found.Ref); len(unset) > 0 {
		if rest, ok := wholeWithout(f.Marks, found.Ref); ok && !f.AllowUnset && !slices.ContainsFunc(unset, f.isRequired) {
			f.Emptied = append(f.Emptied, Emptied{Service: image.Name, Image: f.Marks.Show(found.Ref), Variable: unset[0], Ref: rest})
			found.Ref = rest
			found.Position = f.Locate(steps...)
			f.found = append(f.found, found)
			return
		}
		if !f.AllowUnset {
			f.unset(image.Name, "image "+strconv.Quote(f.Marks.Show(found.Ref)), unset[0], steps...)
			return
		}
		found.Ref = f.Marks.Show(found.Ref)
	}
	found.Position = f.Locate(steps...)
	f.found = append(f.found, found)
}

// platform returns the container's own platform.
func (f *Finder) platform(c Container) string {
	platform, _ := c.Fields["platform"].(string)
	unset := f.Marks.Unset(platform)
	if len(unset) == 0 {
		return platform
	}
	if !f.AllowUnset {
		f.unset(c.Name, "platform", unset[0], c.Steps("platform")...)
	}
	return ""
}

// unset records that a value needs a variable that is not set.
func (f *Finder) unset(service, what, variable string, steps ...string) {
	f.errs = append(f.errs, &problem.Error{Kind: problem.Variable, Subject: variable, Service: service, Position: f.Locate(steps...),
		Reason: fmt.Sprintf("%s needs the variable %s, which is not set and has no default", what, variable)})
}

func (f *Finder) isRequired(variable string) bool { return f.Required[variable] }

// An Emptied is an image with unset variables, which are empty strings for Docker Compose.
type Emptied struct{ Service, Image, Variable, Ref string }

// wholeWithout returns a reference without its unset variables, if the rest looks like a
// reference.
func wholeWithout(marks variables.Marks, ref string) (string, bool) {
	rest := marks.Emptied(ref)
	broken := rest == "" || strings.ContainsAny(rest[:1], "/:@.-") || strings.ContainsAny(rest[len(rest)-1:], "/:@.-")
	for _, each := range []string{"//", ":/", "/:", "::", "@:", ":@", "/@", "-:", "-/", ".:", "./", "_:", "_/"} {
		broken = broken || strings.Contains(rest, each)
	}
	return rest, !broken
}
