// Package flatten merges a project into one Compose file: includes and extends are
// resolved, files merged, and paths made relative to the project directory. Variables stay
// variables.
package flatten

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// Options configure flattening.
type Options struct {
	// Input is the project, and Original its model, with absolute paths.
	Input    loading.Input
	Original map[string]any
	// Graph are the files of the project.
	Graph *filegraph.Graph
	// Host are the absolute paths in the files.
	Host map[string]bool
	// Moved are new paths of files and folders, by path: those of included compositions get a
	// place in the project folder.
	Moved map[string]string
	// Brought are the variables that the env files of included compositions set. They get their
	// values as defaults even without WithEnv.
	Brought map[string]bool
	// WithEnv is true if the env files of includes are packaged: their values become the
	// defaults of variables.
	WithEnv bool
	// ShortVolumes writes mounts in their short form, where they have one.
	ShortVolumes bool
	// Marks are characters that are in no input of the project.
	Marks Marks
	// Read loads a Compose file instead of the project's own files.
	Read func(ctx context.Context, content []byte) (*loading.Model, error)
	// Diagnose converts an error of the loader to one with a position.
	Diagnose func(error) error
}

// A Result is a flattened project.
type Result struct {
	// Content is the Compose file.
	Content []byte
	// Given are the variables whose values come from the env files of includes.
	Given map[string]string
}

// Flatten merges a project into one Compose file. It reads the result back and verifies
// that the model is the project's.
func Flatten(ctx context.Context, opts Options) (*Result, error) {
	f := newFlattener(opts, true)
	content, err := f.file(ctx)
	if err != nil {
		return nil, err
	}
	if opts.WithEnv && f.refused != nil {
		return nil, f.refused
	}
	if err := f.verify(ctx, content); err != nil {
		return nil, err
	}
	if !opts.WithEnv {
		// Again without the values, which the deployment provides.
		f = newFlattener(opts, false)
		if content, err = f.file(ctx); err != nil {
			return nil, err
		}
	}
	return &Result{Content: content, Given: f.given}, nil
}

// A flattener loads a project without replacing its variables.
type flattener struct {
	Options
	env types.Mapping
	// bake makes the values of includes the defaults of variables, and collects them in given.
	bake  bool
	given map[string]string
	// name is the name of the project.
	name string
	// refused is why the project can't be flattened, if that is known.
	refused error
	tokens  tokens
}

func newFlattener(opts Options, bake bool) *flattener {
	return &flattener{Options: opts, env: opts.Input.Env, bake: bake, given: map[string]string{},
		tokens: tokens{marks: opts.Marks, index: map[token]int{}}}
}

// file loads the model and writes its variables and paths as in a Compose file.
func (f *flattener) file(ctx context.Context) ([]byte, error) {
	in := f.Input
	in.Env = f.outer()
	m, err := loading.Load(ctx, in, loading.Options{Variables: f, Bare: true, Absolute: true})
	if err != nil {
		return nil, f.Diagnose(err)
	}
	f.name = m.Name
	content, err := render(f.write(m.Tree, nil))
	if err != nil {
		return nil, fmt.Errorf("flattening the project: %w", err)
	}
	return content, nil
}

// outer returns the environment in which the loader reads the env files of includes, so
// that the variables of the project stay variables.
func (f *flattener) outer() types.Mapping {
	env := types.Mapping{}
	for _, file := range f.Graph.Files {
		for _, name := range file.Outer {
			env[name] = f.tokens.make(token{text: "${" + name + "}", value: f.env[name]})
		}
	}
	return env
}

// verify reads the flattened file and compares its model with the project's.
func (f *flattener) verify(ctx context.Context, content []byte) error {
	m, err := f.Read(ctx, content)
	var flat map[string]any
	if err == nil {
		flat, err = m.Absolute()
	}
	if err != nil {
		return &problem.Error{Kind: problem.File, Reason: "flattening the project: the result can't be read", Err: f.Diagnose(err)}
	}
	moved := model.Copy(f.Original, func(text string) string { return cmp.Or(f.Moved[text], text) })
	// A variable without a value may be a path of any kind. Nothing builds a packaged project.
	builds := func(at model.Path, _, _ any) bool { return len(at) > 3 && at[2] == "build" }
	if at, differs := model.Difference(untyped(moved), untyped(flat), builds); differs {
		return &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the project can't be flattened: it would change %s", at)}
	}
	return nil
}

// render writes a model as deterministic YAML.
func render(tree any) ([]byte, error) {
	var node yaml.Node
	if err := node.Encode(tree); err != nil {
		return nil, err
	}
	quoteEnds(&node)
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(&node)
	return b.Bytes(), err
}

// quoteEnds quotes texts that end in blank lines. A block scalar at the end of a file would get
// another line break when Docker Compose joins files.
func quoteEnds(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && strings.HasSuffix(node.Value, "\n\n") {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range node.Content {
		quoteEnds(child)
	}
}

// untyped returns a model with plain types, for comparisons.
func untyped(tree any) any {
	content, err := json.Marshal(tree)
	var decoded any
	if err != nil || json.Unmarshal(content, &decoded) != nil {
		return tree
	}
	return decoded
}
