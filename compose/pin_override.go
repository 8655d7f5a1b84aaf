package compose

import (
	"slices"
	"strings"
)

// A replacedList is a list that an override puts in the place of the one before,
// where merging would append to it.
type replacedList []any

// pinsOverride writes the Compose override that pins the targets in loud; it is empty
// where there are none. Lists that a merge would append to are repeated whole, with the
// pins of all targets in them.
func pinsOverride(loud, all []pinTarget, repeat *repetition) ([]byte, error) {
	root := map[string]any{}
	done := map[string]bool{}
	for _, target := range loud {
		list, oneMount := target.list()
		if list == nil {
			put(root, target.steps, escapeVariables(target.pin.Ref))
			continue
		}
		repeated := list
		if oneMount {
			repeated = target.steps[:len(list)+1]
		}
		if done[stepsKey(repeated)] {
			continue
		}
		done[stepsKey(repeated)] = true
		value := repeat.value(repeated)
		for _, other := range all {
			if len(other.steps) > len(repeated) && slices.Equal(other.steps[:len(repeated)], repeated) {
				put(value, other.steps[len(repeated):], escapeVariables(other.pin.Ref))
			}
		}
		if oneMount {
			mounts, _ := stepInto(root, list).([]any)
			put(root, list, append(mounts, value))
		} else {
			items, _ := value.([]any)
			put(root, list, replacedList(items))
		}
	}
	if len(root) == 0 {
		return nil, nil
	}
	return encodeOverride(root)
}

// list is the way to the outermost list that the target is in; nil if it is in none.
// Docker Compose merges the mounts of services by their target, where one takes the
// place of the other, so that oneMount is enough to repeat; all other lists are
// appended to.
func (t pinTarget) list() (steps []any, oneMount bool) {
	cut := slices.IndexFunc(t.steps, func(step any) bool { _, isIndex := step.(int); return isIndex })
	if cut < 0 {
		return nil, false
	}
	return t.steps[:cut], cut == 3 && t.steps[0] == "services" && t.steps[2] == "volumes"
}

// escapeVariables makes interpolation give s back.
func escapeVariables(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// put sets the value at the end of steps and makes the mappings on the way.
func put(container any, steps []any, value any) {
	for i, step := range steps {
		last := i == len(steps)-1
		switch step := step.(type) {
		case string:
			mapping, ok := container.(map[string]any)
			if !ok {
				return
			}
			if last {
				mapping[step] = value
				return
			}
			if mapping[step] == nil {
				mapping[step] = map[string]any{}
			}
			container = mapping[step]
		case int:
			list, ok := container.([]any)
			if !ok || step >= len(list) {
				return
			}
			if last {
				list[step] = value
				return
			}
			container = list[step]
		}
	}
}
