// Package flatten makes one Compose file of a project: includes and extends are resolved,
// files merged, and paths relative to the project directory. Variables stay variables.
package flatten

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// Options say what to flatten.
type Options struct {
	// Input is the project, and Original its model, with absolute paths.
	Input    loading.Input
	Original map[string]any
	// Graph are the files of the project.
	Graph *filegraph.Graph
	// Host are the absolute paths that the files name.
	Host map[string]bool
	// WithEnv is true if the env files of includes are packaged: their values become the
	// defaults of variables.
	WithEnv bool
	// ShortVolumes writes mounts in their short form, where they have one.
	ShortVolumes bool
	// Marks are characters that are in no input of the project.
	Marks Marks
	// Read loads a Compose file in place of the project's own files.
	Read func(ctx context.Context, content []byte) (*loading.Model, error)
	// Diagnose turns an error of the loader into one with a position.
	Diagnose func(error) error
}

// A Result is a flattened project.
type Result struct {
	// Content is the Compose file.
	Content []byte
	// Given are the variables whose values come from the env files of includes.
	Given map[string]string
}

// Flatten makes one Compose file of a project. The result is read again, and has to be the
// model that the project has.
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
		// Once more without the values, which the place of deployment has.
		f = newFlattener(opts, false)
		if content, err = f.file(ctx); err != nil {
			return nil, err
		}
	}
	return &Result{Content: content, Given: f.given}, nil
}

// A flattener loads a project with its variables as text.
type flattener struct {
	Options
	env types.Mapping
	// bake makes defaults of the values that includes give, which are collected in given.
	bake  bool
	given map[string]string
	// refused is why the project can't be flattened, once that shows.
	refused error
	tokens  tokens
}

func newFlattener(opts Options, bake bool) *flattener {
	return &flattener{Options: opts, env: opts.Input.Env, bake: bake, given: map[string]string{},
		tokens: tokens{marks: opts.Marks, index: map[token]int{}}}
}

// file loads the model and writes its variables and paths as a Compose file has them.
func (f *flattener) file(ctx context.Context) ([]byte, error) {
	in := f.Input
	in.Env = f.outer()
	m, err := loading.Load(ctx, in, loading.Options{Variables: f, Bare: true, Absolute: true})
	if err != nil {
		return nil, f.Diagnose(err)
	}
	content, err := render(f.write(m.Tree, nil))
	if err != nil {
		return nil, fmt.Errorf("flattening the project: %w", err)
	}
	return content, nil
}

// outer is the environment in which the loader reads the env files of includes: there
// the variables of the project stay variables.
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
	never := func(model.Path, any, any) bool { return false }
	if at, differs := model.Difference(untyped(f.Original), untyped(flat), never); differs {
		return &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the project can't be flattened: it would change %s", at)}
	}
	return nil
}

// render writes a model as YAML, always the same way.
func render(tree any) ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(tree)
	return b.Bytes(), err
}

// untyped returns a model without types of its own, for comparing.
func untyped(tree any) any {
	content, err := json.Marshal(tree)
	var decoded any
	if err != nil || json.Unmarshal(content, &decoded) != nil {
		return tree
	}
	return decoded
}
