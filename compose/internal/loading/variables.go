package loading

import (
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Variables decides what becomes of the variables in files.
type Variables interface {
	// Configure sets how the loader interpolates. It returns a function for texts that name
	// a file to read, which turns such a text, once it is interpolated, into the path.
	Configure(o *interpolation.Options) (path func(string) (string, error))
}

// values replaces variables by their values. Those without a value stay in the model,
// marked, wherever they are.
type values struct {
	marks   Marks
	origins *origins
	// trace remembers where values come from.
	trace bool
	// keys are the keys of the files; nil if they are not known.
	keys map[string]bool
}

func (v *values) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = v.substitute
	o.TypeCastMapping = tolerantCasts(o.TypeCastMapping, v.marks.Unset.Open, v.keys, v.origins.guess)
	return func(text string) (string, error) { return text, nil }
}

// substitute replaces the variables in a text and remembers where the result comes from.
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

// AsWritten keeps variables as they are written, except in texts that name a file to read.
type AsWritten struct{ Marks variables.Marks }

// Configure implements [Variables].
func (w AsWritten) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = func(text string, _ template.Mapping) (string, error) { return text, nil }
	// Types don't matter here, so variables may stay in their places.
	o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	lookup := template.Mapping(o.LookupValue)
	return func(text string) (string, error) { return w.Marks.Substitute(text, lookup) }
}
