// Package loading reads the merged model of Compose files with compose-go, Docker
// Compose's own loader. It decides what becomes of variables, keeps includes where they
// belong, and reads files from a registry in a folder that they can't leave.
package loading

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/quiet"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A File is one of the files that are merged.
type File struct {
	// Path is absolute.
	Path    string
	Content []byte
}

// An Input is what a model is loaded from.
type Input struct {
	// Dir is the absolute project directory.
	Dir string
	Env map[string]string
	// Files are merged in this order.
	Files []File
	// Name is the name of the project. Unless it is explicit, a name in the files wins.
	Name         string
	NameExplicit bool
	// Within, if set, is the folder that no file may be outside of: the files are not to
	// be trusted.
	Within string
}

// Options say how to load.
type Options struct {
	// Variables decides about variables; nil stands for [Values].
	Variables Variables
	// Lax leaves out validation and defaults.
	Lax bool
	// AsWritten keeps paths as they are written, but in what is included.
	AsWritten bool
}

// A Model is what files mean together.
type Model struct {
	// Tree is the merged model.
	Tree map[string]any
	// Name is the name of the project.
	Name string
}

// Load loads the merged model of files.
func Load(ctx context.Context, in Input, opts Options) (m *Model, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, &problem.Error{Kind: problem.Syntax, Reason: fmt.Sprintf("the Compose files can't be read: %v", p)}
		}
	}()
	details := types.ConfigDetails{WorkingDir: in.Dir, Environment: maps.Clone(in.Env)}
	if details.Environment == nil {
		details.Environment = types.Mapping{}
	}
	for _, file := range in.Files {
		if err := check(file.Content); err != nil {
			return nil, &problem.Error{Kind: problem.Syntax, Position: problem.Position{File: file.Path}, Reason: err.Error()}
		}
		content := file.Content
		if content == nil {
			content = []byte{} // without content, the loader would read the file again
		}
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: file.Path, Content: content})
	}
	if opts.Variables == nil {
		opts.Variables = Values{Lax: opts.Lax}
	}
	defer quiet.Quiet()()
	includes := &includeLoader{dir: in.Dir, within: in.Within}
	tree, err := loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName(in.Name, in.NameExplicit)
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.SkipValidation = opts.Lax
		o.SkipDefaultValues = opts.Lax
		o.ResolvePaths = !opts.AsWritten
		o.ResourceLoaders = []loader.ResourceLoader{includes}
		path := opts.Variables.Configure(o.Interpolate)
		guardPaths(o.Interpolate.TypeCastMapping, in.Within != "", path)
	})
	if err == nil {
		err = includes.left
	}
	if err != nil {
		return nil, err
	}
	return &Model{Tree: tree, Name: details.Environment["COMPOSE_PROJECT_NAME"]}, nil
}

// ProjectName returns the name of a project in dir, and whether env gives it.
func ProjectName(dir string, env map[string]string) (name string, explicit bool) {
	if name := env["COMPOSE_PROJECT_NAME"]; name != "" {
		return NormalName(name), true
	}
	return NormalName(filepath.Base(dir)), false
}

// NormalName returns a name with only what the name of a project may have.
func NormalName(name string) string { return loader.NormalizeProjectName(name) }

// check refuses a file that the loader does not come back from.
func check(content []byte) error {
	if !utf8.Valid(content) {
		return errors.New("no valid YAML: not UTF-8")
	}
	documents, err := yamlnode.Parse(content)
	if err != nil {
		return fmt.Errorf("no valid YAML: %w", yamlnode.WithoutLine(err))
	}
	for _, document := range documents {
		if err := yamlnode.Check(document); err != nil {
			return err
		}
	}
	return nil
}
