package flatten

import (
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Configure implements [loading.Variables]: it replaces variables with tokens, and keeps
// the loader from parsing short forms that have variables.
func (f *flattener) Configure(o *interpolation.Options) func(string) (string, error) {
	o.Substitute = f.substitute
	o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	for _, prefix := range []tree.Path{"services.*", "jobs.*", "services.*.pre_start.[]"} {
		o.TypeCastMapping[prefix+".volumes.[]"] = f.shortVolume
		o.TypeCastMapping[prefix+".devices.[]"] = f.short("target")
		o.TypeCastMapping[prefix+".ports.[]"] = f.short("target")
		o.TypeCastMapping[prefix+".ulimits.*"] = f.short("soft", "hard")
	}
	return func(text string) (string, error) { return f.tokens.values(text), nil }
}

// substitute replaces the variables of a string with tokens. In a path it also replaces
// what the loader would resolve too early: a ~, which is the home folder of the user at
// deployment, and a .. after a variable, which can hold several folders.
func (f *flattener) substitute(text string, lookup template.Mapping) (string, error) {
	both := func(name string) (string, bool) {
		if v, ok := f.env[name]; ok {
			return v, true
		}
		return lookup(name)
	}
	if _, err := f.Input.Marks.Unset.Substitute(text, both); err != nil {
		return "", err
	}
	replaced := variables.ReplaceExpressions(text, func(source string, _ variables.Expression) string {
		now, _ := f.Input.Marks.Unset.Substitute(source, both)
		return f.tokens.make(token{text: f.rewrite(source, lookup), value: now})
	})
	if first := strings.Index(replaced, f.Marks.open); first >= 0 {
		replaced = replaced[:first] + strings.ReplaceAll(replaced[first:], "/..", "/"+f.tokens.make(token{text: "..", value: ".."}))
	}
	home := f.tokens.make(token{text: "~", value: paths.ExpandUser("~")})
	if rest, ok := strings.CutPrefix(replaced, "~"); ok {
		return home + rest, nil
	}
	return strings.Replace(replaced, "=~", "="+home, 1), nil
}

// rewrite rewrites an expression so that it does not need the env file of an include.
func (f *flattener) rewrite(source string, lookup template.Mapping) string {
	return variables.ReplaceExpressions(source, func(source string, e variables.Expression) string {
		rest := f.rewrite(e.Rest, lookup)
		value, included := lookup(e.Name)
		if _, own := f.env[e.Name]; included && (f.bake || f.Brought[e.Name]) && !own && e.Name != "COMPOSE_PROJECT_NAME" {
			f.given[e.Name] = f.tokens.texts(value)
			if strings.HasPrefix(e.Operator, ":") && f.mayBeEmpty(value) {
				f.refused = &problem.Error{Kind: problem.File, Subject: e.Name, Reason: fmt.Sprintf("the project can't be flattened: "+
					"the env file of an include sets %s to a value that may be empty where the application is deployed, and %s depends on it", e.Name, source)}
			}
			return e.WithDefault(value, rest)
		}
		if rest == e.Rest {
			return source
		}
		return "${" + e.Name + e.Operator + rest + "}"
	})
}

// mayBeEmpty reports whether a value from an env file is nothing but variables of the
// project.
func (f *flattener) mayBeEmpty(value string) bool {
	return value != "" && f.tokens.expand(value, func(token) string { return "" }) == ""
}

// short keeps a string with variables as written, under keys that the loader expects.
func (f *flattener) short(keys ...string) interpolation.Cast {
	return func(text string) (any, error) {
		if !f.tokens.in(text) {
			return text, nil
		}
		kept := map[string]any{f.Marks.short: text}
		for _, key := range keys {
			kept[key] = text
		}
		return kept, nil
	}
}

// shortVolume keeps the short form of a mount with variables; the source of a bind mount is
// still resolved against the right directory.
func (f *flattener) shortVolume(text string) (any, error) {
	if !f.tokens.in(text) {
		return text, nil
	}
	source, rest, ok := strings.Cut(text, ":")
	if !ok {
		return map[string]any{f.Marks.short: "", "type": "volume", "target": text}, nil
	}
	target, _, _ := strings.Cut(rest, ":")
	kind := "volume"
	if now := f.tokens.values(source); strings.HasPrefix(now, ".") || isHostPath(now) {
		kind = "bind"
	}
	return map[string]any{f.Marks.short: rest, f.Marks.source: source, "type": kind, "source": source, "target": target}, nil
}
