package compose

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An imageFinder collects the images of a merged model.
type imageFinder struct {
	// given are the images that the user gives to services.
	given  map[string]string
	locate func(steps ...string) Position
	// allowUnset takes references with variables that have no value.
	allowUnset bool

	images []Image
	errs   []error
}

// find lists the images of the services and jobs that are packaged, and of all models.
func (f *imageFinder) find(model map[string]any, packaged []string) {
	for _, section := range []string{"services", "jobs"} {
		for name, value := range entries(model[section]) {
			container, ok := value.(map[string]any)
			if !ok || !slices.Contains(packaged, name) {
				continue
			}
			f.container(section, name, container)
		}
	}
	for name, value := range entries(model["models"]) {
		if m, ok := value.(map[string]any); ok {
			if ref, _ := m["model"].(string); ref != "" {
				f.add(Image{Path: "models." + name + ".model", Service: name, Ref: ref}, "models", name, "model")
			}
		}
	}
	slices.SortFunc(f.images, func(a, b Image) int { return strings.Compare(a.Path, b.Path) })
}

// container lists the images of one service or job.
func (f *imageFinder) container(section, name string, container map[string]any) {
	prefix := section + "." + name
	platform, _ := container["platform"].(string)
	if unset := unsetVariables(platform); len(unset) > 0 {
		if !f.allowUnset {
			f.unset(name, "platform", unset[0], section, name, "platform")
		}
		platform = ""
	}
	// A service that a provider runs has no container, and so no image.
	if container["provider"] == nil {
		ref, _ := container["image"].(string)
		if given, ok := f.given[name]; ok {
			ref = given
		}
		f.add(Image{Path: prefix + ".image", Service: name, Ref: ref, Platform: platform}, section, name, "image")
	}
	f.mounts(prefix, name, platform, container, section, name)
	hooks, _ := container["pre_start"].([]any)
	for i, value := range hooks {
		hook, ok := value.(map[string]any)
		if !ok {
			continue
		}
		index := strconv.Itoa(i)
		at := prefix + ".pre_start." + index
		own := platform
		if p, _ := hook["platform"].(string); p != "" {
			own = p
		}
		if ref, _ := hook["image"].(string); ref != "" {
			f.add(Image{Path: at + ".image", Service: name, Ref: ref, Platform: own}, section, name, "pre_start", index, "image")
		}
		f.mounts(at, name, own, hook, section, name, "pre_start", index)
	}
}

// mounts lists the images that a service, job or hook mounts.
func (f *imageFinder) mounts(prefix, name, platform string, container map[string]any, steps ...string) {
	volumes, _ := container["volumes"].([]any)
	mounted := map[string]bool{}
	for _, value := range volumes {
		volume, _ := value.(map[string]any)
		ref, _ := volume["source"].(string)
		target, _ := volume["target"].(string)
		if volume["type"] != "image" || ref == "" {
			continue
		}
		target = path.Clean(showUnset(target))
		if mounted[target] {
			f.errs = append(f.errs, &Error{Problem: ProblemSyntax, Service: name, Position: f.locate(append(slices.Clone(steps), "volumes")...),
				Reason: fmt.Sprintf("two images are mounted at %q", target)})
			continue
		}
		mounted[target] = true
		f.add(Image{Path: prefix + ".volumes." + target + ".source", Service: name, Ref: ref, Platform: platform},
			append(slices.Clone(steps), "volumes", target, "source")...)
	}
}

func (f *imageFinder) add(image Image, steps ...string) {
	if unset := unsetVariables(image.Ref); len(unset) > 0 && f.allowUnset {
		image.Ref = showUnset(image.Ref)
	} else if len(unset) > 0 {
		f.unset(image.Service, "image "+strconv.Quote(showUnset(image.Ref)), unset[0], steps...)
		return
	}
	image.Position = f.locate(steps...)
	f.images = append(f.images, image)
}

// unset records that a value needs a variable that is not set.
func (f *imageFinder) unset(service, what, variable string, steps ...string) {
	f.errs = append(f.errs, &Error{Problem: ProblemVariable, Subject: variable, Service: service, Position: f.locate(steps...),
		Reason: fmt.Sprintf("%s needs the variable %s, which is not set and has no default", what, variable)})
}
