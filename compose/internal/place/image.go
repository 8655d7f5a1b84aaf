package place

import (
	"iter"
	"path"
	"strconv"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// An Image is a place of a model that can name an image.
type Image struct {
	// Path names the place for users: "services.web.image",
	// "services.web.volumes./data.source" (by mount target).
	Path string
	// At is the path in the model.
	At model.Path
	// Name is the name of the service, job or model.
	Name string
	// Ref is the reference, with marks for unset variables, or "".
	Ref string
	// Mount is the target of the mount that uses the image, otherwise "".
	Mount string

	// built is true if a service of the project builds the image.
	built bool
}

// Images iterates over the places of a model that can name an image, for pins and secrets: the
// images of a project are found by [Finder.Find]. A service or job
// always has one, a hook only if it names an image. marks are the marks of variables
// without a value.
func Images(m map[string]any, marks variables.Marks) iter.Seq[Image] {
	return func(yield func(Image) bool) {
		for c := range Containers(m) {
			for image := range c.images(marks) {
				if !yield(image) {
					return
				}
			}
		}
		models(m)(yield)
	}
}

// models iterates over the models of a project.
func models(m map[string]any) iter.Seq[Image] {
	return func(yield func(Image) bool) {
		for name := range model.Entries(m["models"]) {
			at := model.Path{"models", name, "model"}
			ref, _ := model.Text(m, at)
			if !yield(Image{Path: "models." + name + ".model", At: at, Name: name, Ref: ref}) {
				return
			}
		}
	}
}

// images iterates over the places of one container.
func (c Container) images(marks variables.Marks) iter.Seq[Image] {
	prefix := c.Section + "." + c.Name
	if c.IsHook() {
		prefix += ".pre_start." + strconv.Itoa(c.Hook)
	}
	return func(yield func(Image) bool) {
		value, named := c.Fields["image"]
		ref, _ := value.(string)
		if !c.IsHook() || named {
			if !yield(Image{Path: prefix + ".image", At: c.At().Join("image"), Name: c.Name, Ref: ref}) {
				return
			}
		}
		for i, mount := range c.Mounts() {
			if mount["type"] != "image" {
				continue
			}
			target, _ := mount["target"].(string)
			target = path.Clean(marks.Show(target))
			source, _ := mount["source"].(string)
			if !yield(Image{Path: prefix + ".volumes." + target + ".source", At: c.At().Join("volumes", i, "source"),
				Name: c.Name, Ref: source, Mount: target}) {
				return
			}
		}
	}
}

// Index returns the places of a model by [Image.Path]. If several have the same path, the
// first one counts.
func Index(m map[string]any, marks variables.Marks) map[string]Image {
	index := map[string]Image{}
	for image := range Images(m, marks) {
		if _, taken := index[image.Path]; !taken {
			index[image.Path] = image
		}
	}
	return index
}
