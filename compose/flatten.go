package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// flatten makes one Compose file of a project: includes and extends are resolved, files
// merged, and paths relative to the project directory. Variables stay variables. One that
// an include's env file gives a value gets that as its default, if env files are
// packaged. Carried files that names has, by their path relative to the project
// directory, are referred to by the name there.
//
// The result is read again, and has to be the model that the project has.
func flatten(ctx context.Context, s *source, g *graph, original map[string]any, names map[string]string, withEnv bool) (*flattened, error) {
	f := newFlattener(s, g, names, true)
	content, err := f.file(ctx)
	if err != nil {
		return nil, err
	}
	if withEnv && f.refused != nil {
		return nil, f.refused
	}
	r := newReader(s)
	r.files = []types.ConfigFile{configFile(r.files[0].Filename, content)}
	again, _, err := r.model(ctx)
	if err != nil {
		return nil, &Error{Problem: ProblemFile, Reason: "flattening the project: the result can't be read", Err: g.diagnose(err)}
	}
	never := func([]any, any, any) bool { return false }
	if at, differs := firstDifference(plainModel(f.renamed(original, nil)), plainModel(again), never); differs {
		return nil, &Error{Problem: ProblemFile, Reason: "the project can't be flattened: it would change " + spellSteps(at)}
	}
	if !withEnv {
		f = newFlattener(s, g, names, false)
		if content, err = f.file(ctx); err != nil {
			return nil, err
		}
	}
	return &flattened{content: content, given: f.given}, nil
}

// A flattened project is one Compose file.
type flattened struct {
	content []byte
	// given are the variables whose values come from the env files of includes.
	given map[string]string
}

// A flattener loads a project with its variables as text.
type flattener struct {
	source *source
	graph  *graph
	// names are the carried files by path.
	names map[string]string
	// bake makes defaults of the values that includes bring.
	bake  bool
	given map[string]string
	host  map[string]bool
	// refused is why the project can't be flattened, once that shows.
	refused error
	// tokens stand for the expressions, and for the home folder, while the loader works on the text around them.
	tokens []token
	index  map[token]int
}

// A token is a variable and what it is now.
type token struct{ text, value string }

const (
	tokenOpen  = "\uF8F4"
	tokenClose = "\uF8F5"
	// shortForm is the key of a value that is kept as it was written, because the
	// loader would take it apart.
	shortForm = "\uF8F6"
	// writtenSource is the key of the source of such a mount as it was written.
	writtenSource = "\uF8F7"
)

func newFlattener(s *source, g *graph, names map[string]string, bake bool) *flattener {
	return &flattener{source: s, graph: g, names: names, bake: bake, given: map[string]string{}, host: g.hostPaths(), index: map[token]int{}}
}

// file loads the model and writes its variables and paths as a Compose file has them.
func (f *flattener) file(ctx context.Context) ([]byte, error) {
	r := newReader(f.source)
	r.env, r.flat = f.outer(), f
	model, _, err := r.model(ctx)
	if err != nil {
		return nil, f.graph.diagnose(err)
	}
	content, err := render(f.write(model, nil))
	if err != nil {
		return nil, fmt.Errorf("flattening the project: %w", err)
	}
	return content, nil
}

// outer is the environment in which the loader reads the env files of includes: they
// keep the variables of the project as the variables that they are.
func (f *flattener) outer() types.Mapping {
	env := types.Mapping{}
	for _, file := range f.graph.all {
		for _, name := range file.outer {
			env[name] = f.token(token{text: "${" + name + "}", value: f.source.env[name]})
		}
	}
	return env
}

// interpolation makes tokens of variables and keeps the loader from taking apart short
// forms that have some.
func (f *flattener) interpolation(o *interpolation.Options, hostile bool) {
	o.Substitute = f.substitute
	o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	for _, prefix := range []tree.Path{"services.*", "jobs.*", "services.*.pre_start.[]"} {
		o.TypeCastMapping[prefix+".volumes.[]"] = f.shortVolume
		o.TypeCastMapping[prefix+".devices.[]"] = f.short("target")
		o.TypeCastMapping[prefix+".ports.[]"] = f.short("target")
		o.TypeCastMapping[prefix+".ulimits.*"] = f.short("soft", "hard")
	}
	guardPaths(o.TypeCastMapping, hostile, func(value string) (string, error) { return f.values(value), nil })
}

// substitute replaces the variables of a text with tokens, and what the loader would
// resolve too early if the text is a path: a ~, which is the home folder of who runs the
// application, and a .. behind a variable, which can hold several folders.
func (f *flattener) substitute(value string, lookup template.Mapping) (string, error) {
	both := func(name string) (string, bool) {
		if v, ok := f.source.env[name]; ok {
			return v, true
		}
		return lookup(name)
	}
	if _, err := substitute(value, both); err != nil {
		return "", err
	}
	replaced := replaceExpressions(value, func(source string, _ expression) string {
		now, _ := substitute(source, both)
		return f.token(token{text: f.rewrite(source, lookup), value: now})
	})
	if first := strings.Index(replaced, tokenOpen); first >= 0 {
		replaced = replaced[:first] + strings.ReplaceAll(replaced[first:], "/..", "/"+f.token(token{text: "..", value: ".."}))
	}
	home := f.token(token{text: "~", value: paths.ExpandUser("~")})
	if rest, ok := strings.CutPrefix(replaced, "~"); ok {
		return home + rest, nil
	}
	return strings.Replace(replaced, "=~", "="+home, 1), nil
}

// rewrite writes an expression so that it does without the env file of an include.
func (f *flattener) rewrite(source string, lookup template.Mapping) string {
	return replaceExpressions(source, func(source string, e expression) string {
		rest := f.rewrite(e.rest, lookup)
		value, included := lookup(e.name)
		if _, own := f.source.env[e.name]; included && f.bake && !own && e.name != "COMPOSE_PROJECT_NAME" {
			f.given[e.name] = f.texts(value)
			if strings.HasPrefix(e.operator, ":") && f.mayBeEmpty(value) {
				f.refused = &Error{Problem: ProblemFile, Subject: e.name, Reason: fmt.Sprintf("the project can't be flattened: "+
					"the env file of an include gives %s what may be empty where the application is deployed, which %s depends on", e.name, source)}
			}
			return e.withValue(value, rest)
		}
		if rest == e.rest {
			return source
		}
		return "${" + e.name + e.operator + rest + "}"
	})
}

// mayBeEmpty tells whether a value from an env file is nothing but variables of the
// project.
func (f *flattener) mayBeEmpty(value string) bool {
	return value != "" && f.expand(value, func(token) string { return "" }) == ""
}

func (f *flattener) token(t token) string {
	i, ok := f.index[t]
	if !ok {
		i = len(f.tokens)
		f.tokens = append(f.tokens, t)
		f.index[t] = i
	}
	return tokenOpen + strconv.Itoa(i) + tokenClose
}

// texts writes the variables in place of their tokens, values what they are now.
func (f *flattener) texts(s string) string {
	return f.expand(s, func(t token) string { return t.text })
}
func (f *flattener) values(s string) string {
	return f.expand(s, func(t token) string { return t.value })
}

func (f *flattener) expand(s string, what func(token) string) string {
	for {
		before, rest, ok := strings.Cut(s, tokenOpen)
		if !ok {
			return s
		}
		number, after, _ := strings.Cut(rest, tokenClose)
		i, _ := strconv.Atoi(number)
		s = before + what(f.tokens[i]) + after
	}
}

// short keeps a value that has variables as it is written, under keys that the loader
// looks at.
func (f *flattener) short(keys ...string) interpolation.Cast {
	return func(value string) (any, error) {
		if !strings.Contains(value, tokenOpen) {
			return value, nil
		}
		kept := map[string]any{shortForm: value}
		for _, key := range keys {
			kept[key] = value
		}
		return kept, nil
	}
}

// shortVolume keeps the short form of a mount that has variables; the source of a bind
// mount is still made relative to the right directory.
func (f *flattener) shortVolume(value string) (any, error) {
	if !strings.Contains(value, tokenOpen) {
		return value, nil
	}
	source, rest, ok := strings.Cut(value, ":")
	if !ok {
		return map[string]any{shortForm: "", "type": "volume", "target": value}, nil
	}
	target, _, _ := strings.Cut(rest, ":")
	kind := "volume"
	if now := f.values(source); strings.HasPrefix(now, ".") || isHostPath(now) {
		kind = "bind"
	}
	return map[string]any{shortForm: rest, writtenSource: source, "type": kind, "source": source, "target": target}, nil
}

// render writes a model as YAML, always the same way.
func render(model any) ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(model)
	return b.Bytes(), err
}

// plainModel is a model without types of its own, for comparing.
func plainModel(model any) any {
	content, err := json.Marshal(model)
	var plain any
	if err != nil || json.Unmarshal(content, &plain) != nil {
		return model
	}
	return plain
}
