package loading

import (
	"maps"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Variables decides what becomes of the variables in files.
type Variables interface {
	// Configure sets how the loader interpolates, and returns what a text that names a
	// file to read, once it is interpolated, stands for.
	Configure(o *interpolation.Options) (path func(string) (string, error))
}

// Values replaces variables by their values. Those without a value stay in the model,
// marked, wherever they are.
type Values struct {
	// Lax leaves values in the places of numbers and the like as text, but where the
	// loader itself needs their type.
	Lax bool
}

// Configure implements [Variables].
func (v Values) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = substitute
	o.TypeCastMapping = tolerantCasts(o.TypeCastMapping, variables.UnsetOpen)
	if v.Lax {
		// Every cast makes reading slower.
		maps.DeleteFunc(o.TypeCastMapping, func(path tree.Path, _ interpolation.Cast) bool { return !neededCast(path) })
	}
	return func(text string) (string, error) { return text, nil }
}

// AsWritten keeps variables as they are written, but in texts that name a file to read.
type AsWritten struct{}

// Configure implements [Variables].
func (AsWritten) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = func(value string, _ template.Mapping) (string, error) { return value, nil }
	// Nobody asks for types, so that variables may stay in their place too.
	o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	lookup := template.Mapping(o.LookupValue)
	return func(text string) (string, error) { return substitute(text, lookup) }
}

func substitute(text string, lookup template.Mapping) (string, error) {
	return variables.Substitute(text, lookup)
}
