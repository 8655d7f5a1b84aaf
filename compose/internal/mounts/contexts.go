package mounts

import (
	"path/filepath"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
)

// contexts are the folders from which images are built: by the name of the service that is
// built, and by the reference of the image.
type contexts struct{ services, images map[string]string }

func (p Project) contexts() contexts {
	all := contexts{services: map[string]string{}, images: map[string]string{}}
	for c := range place.Containers(p.Absolute) {
		context, ok := model.Text(c.Fields, model.Path{"build", "context"})
		if !ok || c.IsHook() || !filepath.IsAbs(context) || p.Marks.In(context) {
			continue
		}
		all.services[c.Name] = filepath.Clean(context)
		if image, ok := model.Text(c.Fields, model.Path{"image"}); ok && image != "" {
			all.images[image] = all.services[c.Name]
		}
	}
	return all
}

// of returns the folder from which the image of a container is built, by the service itself or
// by another one; "" if there is none.
func (a contexts) of(c place.Container) string {
	image, named := model.Text(c.Fields, model.Path{"image"})
	if context := a.services[c.Name]; context != "" && !(c.IsHook() && named) {
		return context
	}
	return a.images[image]
}
