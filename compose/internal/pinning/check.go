package pinning

import (
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
)

// check compares the pinned model with the original one. An error comes with the key of
// the place that it is about.
func check(pinned map[string]any, targets []target, original map[string]any) (string, error) {
	if at, differs := unwantedDifference(pinned, targets, original); differs {
		return at.Key(), fmt.Errorf("the pins would change %s", at)
	}
	for _, t := range targets {
		if value, _ := model.Text(pinned, t.at); value != t.pin.Ref {
			return t.at.Key(), fmt.Errorf("%s would be %q, not %q", t.path, value, t.pin.Ref)
		}
	}
	return "", nil
}

// unwantedDifference finds a place where a pinned model differs from the original one,
// other than that a target has its pin, or that a value that no service reaches, under an
// "x-" key of the files, has some pin.
func unwantedDifference(pinned map[string]any, targets []target, original map[string]any) (model.Path, bool) {
	wanted := map[string]string{}
	refs := map[string]bool{}
	for _, t := range targets {
		wanted[t.at.Key()] = t.pin.Ref
		refs[t.pin.Ref] = true
	}
	return model.Difference(original, pinned, func(at model.Path, _, value any) bool {
		ref, ok := value.(string)
		if !ok || len(at) == 0 {
			return false
		}
		if name, _ := at[0].(string); strings.HasPrefix(name, "x-") {
			return refs[ref]
		}
		return ref != "" && wanted[at.Key()] == ref
	})
}

// onlyPins reports whether a model is another one but for images.
func onlyPins(before, after map[string]any) bool {
	places := map[string]bool{}
	for _, image := range place.Index(after) {
		places[image.At.Key()] = true
	}
	_, differs := model.Difference(before, after, func(at model.Path, _, _ any) bool { return places[at.Key()] })
	return !differs
}
