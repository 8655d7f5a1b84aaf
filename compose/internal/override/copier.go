package override

import (
	"strings"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A Copier copies values of the merged model for an override, which goes through
// interpolation again.
type Copier struct {
	Model *loading.Model
	Marks variables.Marks
	// Interpolate replaces the variables in a string.
	Interpolate func(string) string
	// Relative makes a path of the project, which includes make absolute, relative to the
	// project folder; it returns "" for any other text. It may be nil.
	Relative func(string) string
	// Written is the model with variables as written, if needed.
	Written map[string]any
	// Escaped replaces all variables with their values.
	Escaped bool
	// Variables is true once a variable was copied.
	Variables bool
}

// Value copies the value at a path. Variables are kept as written if they evaluate to the
// value in the model, otherwise they are replaced with their values.
func (c *Copier) Value(at model.Path) any {
	value, written := model.Get(c.Model.Tree, at), model.Get(c.Written, at)
	if _, isIndex := at[len(at)-1].(int); isIndex {
		// One item of a list: only useful if it is the same item in both models.
		list, _ := model.Get(c.Model.Tree, at[:len(at)-1]).([]any)
		other, _ := model.Get(c.Written, at[:len(at)-1]).([]any)
		if len(list) != len(other) {
			written = nil
		}
	}
	return c.copy(value, written)
}

func (c *Copier) copy(value, written any) any {
	switch value := value.(type) {
	case map[string]any:
		other, _ := written.(map[string]any)
		mapping := make(map[string]any, len(value))
		for key, item := range value {
			mapping[key] = c.copy(item, other[key])
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
			list[i] = c.copy(item, same)
		}
		return list
	case string:
		return c.text(value, written)
	}
	if text, ok := written.(string); ok && !c.Escaped {
		// A variable instead of a number or a boolean.
		c.Variables = true
		return text
	}
	return value
}

// text copies a string.
func (c *Copier) text(value string, written any) string {
	raw := c.Model.Raw(value)
	if text, ok := written.(string); ok && raw == value {
		raw = text
	}
	if strings.Contains(raw, "$") && !c.Escaped && c.Interpolate(raw) == value {
		c.Variables = true
		return raw
	}
	if c.Relative != nil {
		if relative := c.Relative(value); relative != "" {
			value = relative
		}
	}
	return c.Marks.Show(variables.Escape(value))
}

// IsRelative reports whether a value is another one that [Copier.Relative] made relative.
func IsRelative(relative func(string) string, before, after any) bool {
	text, ok := before.(string)
	made, isText := after.(string)
	return ok && isText && made != "" && relative(text) == made
}
