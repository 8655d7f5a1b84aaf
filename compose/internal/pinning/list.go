package pinning

import (
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A listCopier copies parts of the merged model for an override, which goes through
// interpolation again.
type listCopier struct {
	// model is the merged model.
	model map[string]any
	// written is the same model with variables as written, once it is loaded; nil if it
	// can't be had, or is of no use.
	written map[string]any
	load    func() map[string]any
	// interpolate is what becomes of a text with variables.
	interpolate func(string) string
}

// value copies what stands at the end of steps. Variables are kept as they are written
// where they mean what stands in the model, and escaped otherwise.
func (r *listCopier) value(at model.Path) any {
	if r.load != nil {
		r.written, r.load = r.load(), nil
	}
	value, written := model.Get(r.model, at), model.Get(r.written, at)
	if _, isIndex := at[len(at)-1].(int); isIndex {
		// One item of a list: only of use if it is the same one in both models.
		list, _ := model.Get(r.model, at[:len(at)-1]).([]any)
		other, _ := model.Get(r.written, at[:len(at)-1]).([]any)
		if len(list) != len(other) {
			written = nil
		}
	}
	return r.copy(value, written)
}

func (r *listCopier) copy(value, written any) any {
	switch value := value.(type) {
	case map[string]any:
		other, _ := written.(map[string]any)
		mapping := make(map[string]any, len(value))
		for key, item := range value {
			mapping[key] = r.copy(item, other[key])
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
			list[i] = r.copy(item, same)
		}
		return list
	case string:
		if text, ok := written.(string); ok && r.interpolate(text) == value {
			return text
		}
		return variables.ShowUnset(variables.Escape(value))
	}
	if text, ok := written.(string); ok {
		// A variable in the place of a number or a boolean.
		return text
	}
	return value
}
