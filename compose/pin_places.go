package compose

import (
	"path"
	"slices"
	"strconv"
)

// A modelPlace is a place of a loaded model that can name an image: its
// [Image.Path], and the way there, a string for each key and an int for each index.
type modelPlace struct {
	path  string
	steps []any
}

// modelPlaces lists the places of a model by path. A service or job has an image
// place whether or not it names an image.
func modelPlaces(model map[string]any) map[string]modelPlace {
	places := map[string]modelPlace{}
	add := func(path string, steps ...any) {
		if _, taken := places[path]; !taken {
			places[path] = modelPlace{path: path, steps: steps}
		}
	}
	for _, section := range []string{"services", "jobs"} {
		for name, value := range entries(model[section]) {
			prefix := section + "." + name
			add(prefix+".image", section, name, "image")
			container, _ := value.(map[string]any)
			addMountPlaces(add, prefix, []any{section, name}, container)
			hooks, _ := container["pre_start"].([]any)
			for i, value := range hooks {
				hook, _ := value.(map[string]any)
				prefix := prefix + ".pre_start." + strconv.Itoa(i)
				steps := []any{section, name, "pre_start", i}
				if _, ok := hook["image"]; ok {
					add(prefix+".image", append(slices.Clip(steps), "image")...)
				}
				addMountPlaces(add, prefix, steps, hook)
			}
		}
	}
	for name := range entries(model["models"]) {
		add("models."+name+".model", "models", name, "model")
	}
	return places
}

// addMountPlaces adds the image volumes of a service, a job or a hook. Docker
// Compose merges mounts by target, so the target names the place.
func addMountPlaces(add func(string, ...any), prefix string, steps []any, container map[string]any) {
	mounts, _ := container["volumes"].([]any)
	for i, value := range mounts {
		mount, _ := value.(map[string]any)
		target, _ := mount["target"].(string)
		if mount["type"] != "image" {
			continue
		}
		steps := append(slices.Clip(steps), "volumes", i, "source")
		add(prefix+".volumes."+target+".source", steps...)
		add(prefix+".volumes."+path.Clean(showUnset(target))+".source", steps...)
	}
}

// stepInto follows steps down into a model and returns nil where they lead nowhere.
func stepInto(value any, steps []any) any {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			mapping, _ := value.(map[string]any)
			value = mapping[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// stringAt returns the string that stands at the end of steps.
func stringAt(model map[string]any, steps []any) (string, bool) {
	s, ok := stepInto(model, steps).(string)
	return s, ok
}
