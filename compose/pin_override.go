package compose

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A replacedList is a list that an override puts in the place of the one before,
// where merging would append to it.
type replacedList []any

// pinsOverride writes the Compose override that pins the targets in loud, and is
// empty without any. Lists that a merge would append to are repeated whole, with the
// pins of all targets in them: model is the merged model that they come from, and
// written the same model with its variables as written.
func pinsOverride(loud, all []pinTarget, model, written map[string]any) ([]byte, error) {
	root := map[string]any{}
	done := map[string]bool{}
	for _, target := range loud {
		cut := slices.IndexFunc(target.steps, func(step any) bool { _, isIndex := step.(int); return isIndex })
		if cut < 0 {
			put(root, target.steps, escapeVariables(target.pin.Ref))
			continue
		}
		// Docker Compose merges the mounts of services by their target, one takes the place of
		// the other; all other lists are appended to.
		list, oneMount := target.steps[:cut], cut == 3 && target.steps[0] == "services" && target.steps[2] == "volumes"
		repeated := target.steps[:cut]
		if oneMount {
			repeated = target.steps[:cut+1]
		}
		if key := stepsKey(repeated); done[key] {
			continue
		} else {
			done[key] = true
		}
		value := repeatValue(repeated, model, written)
		for _, other := range all {
			if len(other.steps) > len(repeated) && stepsKey(other.steps[:len(repeated)]) == stepsKey(repeated) {
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
	node, err := overrideNode(root)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// repeatValue copies a part of the merged model for an override, with its variables
// as written where both models have the same shape there.
func repeatValue(steps []any, model, written map[string]any) any {
	value, raw := stepInto(model, steps), stepInto(written, steps)
	if sameShape(value, raw) && sameShape(stepInto(model, listOf(steps)), stepInto(written, listOf(steps))) {
		return copyValue(raw, func(s string) string { return s })
	}
	return copyValue(value, func(s string) string { return showUnset(escapeVariables(s)) })
}

// listOf is the way to the list that steps lead to or into.
func listOf(steps []any) []any {
	if _, isIndex := steps[len(steps)-1].(int); isIndex {
		return steps[:len(steps)-1]
	}
	return steps
}

// sameShape tells whether two values are of the same kind, and lists as long as one
// another.
func sameShape(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		_, ok := b.(map[string]any)
		return ok
	case []any:
		list, ok := b.([]any)
		if !ok || len(a) != len(list) {
			return false
		}
		for i := range a {
			if !sameShape(a[i], list[i]) {
				return false
			}
		}
		return true
	}
	return b != nil
}

// copyValue copies a value deeply, with its strings changed.
func copyValue(value any, change func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		mapping := make(map[string]any, len(value))
		for key, item := range value {
			mapping[key] = copyValue(item, change)
		}
		return mapping
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = copyValue(item, change)
		}
		return list
	case string:
		return change(value)
	}
	return value
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

// overrideNode makes YAML of a value, mappings sorted by key.
func overrideNode(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	switch value := value.(type) {
	case map[string]any:
		node.Kind = yaml.MappingNode
		for _, key := range slices.Sorted(maps.Keys(value)) {
			name := new(yaml.Node)
			if err := name.Encode(key); err != nil {
				return nil, err
			}
			item, err := overrideNode(value[key])
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, name, item)
		}
		return node, nil
	case []any:
		node.Kind = yaml.SequenceNode
		for _, item := range value {
			child, err := overrideNode(item)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
		return node, nil
	case replacedList:
		node, err := overrideNode([]any(value))
		if err != nil {
			return nil, err
		}
		node.Tag = "!override"
		return node, nil
	case float64:
		node.Kind, node.Tag, node.Value = yaml.ScalarNode, "!!float", floatText(value)
		return node, nil
	}
	err := node.Encode(value)
	return node, err
}

// floatText spells a number so that it is read back as a float.
func floatText(value float64) string {
	switch {
	case math.IsNaN(value):
		return ".nan"
	case math.IsInf(value, 1):
		return ".inf"
	case math.IsInf(value, -1):
		return "-.inf"
	}
	text := strconv.FormatFloat(value, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}
