package pinning

import (
	"strings"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A listCopier copies lists of the merged model for an override, which goes through
// interpolation again.
type listCopier struct {
	model *loading.Model
	marks variables.Marks
	// interpolate replaces the variables in a text.
	interpolate func(string) string
	// written is the model with variables as they are written, if it is needed.
	written map[string]any
	// escaped replaces all variables by their values.
	escaped bool
	// variables is true once a variable was copied.
	variables bool
}

// value copies the value at a path. Variables are kept as they are written if that gives
// the value in the model, and replaced by their values otherwise.
func (l *listCopier) value(at model.Path) any {
	value, written := model.Get(l.model.Tree, at), model.Get(l.written, at)
	if _, isIndex := at[len(at)-1].(int); isIndex {
		// One item of a list: only of use if it is the same one in both models.
		list, _ := model.Get(l.model.Tree, at[:len(at)-1]).([]any)
		other, _ := model.Get(l.written, at[:len(at)-1]).([]any)
		if len(list) != len(other) {
			written = nil
		}
	}
	return l.copy(value, written)
}

func (l *listCopier) copy(value, written any) any {
	switch value := value.(type) {
	case map[string]any:
		other, _ := written.(map[string]any)
		mapping := make(map[string]any, len(value))
		for key, item := range value {
			mapping[key] = l.copy(item, other[key])
		}
		return mapping
	case []any:
		other, _ := written.([]any)
		list := make([]any, len(value))
		for i, item := range value {
			var same any
			if len(other) == len(value) {
				same = other[i]
			}
			list[i] = l.copy(item, same)
		}
		return list
	case string:
		return l.text(value, written)
	}
	if text, ok := written.(string); ok && !l.escaped {
		// A variable in the place of a number or a boolean.
		l.variables = true
		return text
	}
	return value
}

// text copies a string.
func (l *listCopier) text(value string, written any) string {
	raw := l.model.Raw(value)
	if text, ok := written.(string); ok && raw == value {
		raw = text
	}
	if strings.Contains(raw, "$") && !l.escaped && l.interpolate(raw) == value {
		l.variables = true
		return raw
	}
	return l.marks.Show(variables.Escape(value))
}
