package loading

import (
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Variables decides how the variables in files are replaced.
type Variables interface {
	// Configure configures the loader's interpolation. It returns a function that converts an
	// interpolated string that refers to a file to the file's path.
	Configure(o *interpolation.Options) (path func(string) (string, error))
}

// values replaces variables with their values. Variables without a value stay in the model,
// marked.
type values struct {
	marks   Marks
	origins *origins
	// trace records the origin of values.
	trace bool
	// keys are the keys of the files; nil if unknown.
	keys map[string]bool
}

func (v *values) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = v.substitute
	o.TypeCastMapping = tolerantCasts(o.TypeCastMapping, v.marks.Unset.Open, v.keys, v.origins.guess)
	v.origins.standIns.add(o.TypeCastMapping, v.marks.Unset.Open, v.keys)
	return func(text string) (string, error) { return text, nil }
}

// substitute replaces the variables in a string and records where the result comes from.
func (v *values) substitute(text string, lookup template.Mapping) (string, error) {
	number, raw := v.marks.unmark(text)
	value, err := v.marks.Unset.Substitute(raw, lookup)
	if err != nil {
		return "", err
	}
	v.origins.see(value)
	switch {
	case !v.trace:
	case number >= 0 && number < len(v.origins.nodes):
		value = v.origins.record(value, raw, &v.origins.nodes[number])
	case hasVariables(raw):
		value = v.origins.record(value, raw, nil)
	}
	return value, nil
}

// AsWritten keeps variables as written, except in strings that refer to a file.
type AsWritten struct{ Marks variables.Marks }

// Configure implements [Variables].
func (w AsWritten) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = func(text string, _ template.Mapping) (string, error) { return text, nil }
	// Types don't matter here, so variables may stay.
	o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	lookup := template.Mapping(o.LookupValue)
	return func(text string) (string, error) { return w.Marks.Substitute(text, lookup) }
}
