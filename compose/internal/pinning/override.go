package pinning

import (
	"slices"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A replacedList is a list that an override puts in the place of the one before,
// where merging would append to it.
type replacedList []any

// pinsOverride writes the Compose override that pins the targets in loud; it is empty
// where there are none. Lists that a merge would append to are repeated whole, with the
// pins of all targets in them.
func override(loud, all []target, lists *listCopier) ([]byte, error) {
	root := map[string]any{}
	done := map[string]bool{}
	for _, t := range loud {
		list, oneMount := t.list()
		if list == nil {
			model.Set(root, t.at, variables.Escape(t.pin.Ref))
			continue
		}
		repeated := list
		if oneMount {
			repeated = t.at[:len(list)+1]
		}
		if done[repeated.Key()] {
			continue
		}
		done[repeated.Key()] = true
		value := lists.value(repeated)
		for _, other := range all {
			if len(other.at) > len(repeated) && slices.Equal(other.at[:len(repeated)], repeated) {
				model.Set(value, other.at[len(repeated):], variables.Escape(other.pin.Ref))
			}
		}
		if oneMount {
			mounts, _ := model.Get(root, list).([]any)
			model.Set(root, list, append(mounts, value))
		} else {
			items, _ := value.([]any)
			model.Set(root, list, replacedList(items))
		}
	}
	if len(root) == 0 {
		return nil, nil
	}
	return encode(root)
}

// list is the way to the outermost list that the target is in; nil if it is in none.
// Docker Compose merges the mounts of services by their target, where one takes the
// place of the other, so that oneMount is enough to repeat; all other lists are
// appended to.
func (t target) list() (steps model.Path, oneMount bool) {
	cut := slices.IndexFunc(t.at, func(step any) bool { _, isIndex := step.(int); return isIndex })
	if cut < 0 {
		return nil, false
	}
	return t.at[:cut], cut == 3 && t.at[0] == "services" && t.at[2] == "volumes"
}
