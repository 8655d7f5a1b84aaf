// Package loading reads the merged model of Compose files with compose-go, Docker
// Compose's own loader. It decides what becomes of variables, keeps includes where they
// belong, remembers where the values of a model were written, and reads files from a
// registry in a folder that they can't leave.
//
// # One parse
//
// Files come parsed: the documents that positions and edits are found in are what the
// loader gets, decoded, so that there is one reading of a file and the two can't disagree.
// That is sound because both use the same library (go.yaml.in/yaml/v4), and because the
// loader decodes nodes, too, after it has looked for the tags !reset and !override. It
// does that only in text. A file with one of these tags is handed over as text for that
// reason, and so is one that the loader refuses, for its own words. [FuzzConvert]
// compares the two ways. What is included or extended the loader reads from disk itself.
//
// # Marks
//
// A scalar that may name an image, or that has variables, is handed over with a mark in
// front of it, which tells the node. The loader interpolates every scalar before it does
// anything else. There the mark is taken off and the string remembered, by its identity
// and not by its text, so that the model is free of marks and shows where each string that
// the loader passed on comes from: anchors, merge keys, extends, overrides and resets are
// all followed as Docker Compose follows them.
package loading

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/quiet"
	"github.com/ocompose/ocompose/compose/internal/tally"
)

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
	// Marks are characters that are in none of the files, and in no value of Env.
	Marks Marks
	// Mirror, if set, is the path of a file that has all Files in one, for those that name
	// it. Load writes it.
	Mirror string
	// Known are the documents of all files that are read, included ones as well. Casts for
	// keys that are not in them are left out, because each makes reading slower. If it is
	// nil, there are all casts.
	Known [][]*yaml.Node
	// Remotes are the compositions in registries that the files name; nil for none.
	Remotes *Remotes
}

// Options say how to load.
type Options struct {
	// Variables decides about variables; nil replaces them by their values.
	Variables Variables
	// Trace remembers where the values come from.
	Trace bool
	// Unchecked leaves out validation, for files that are known to be valid.
	Unchecked bool
	// Bare leaves out validation and default values.
	Bare bool
	// Absolute makes all paths absolute. Otherwise they are as they are written, but for
	// those of included files.
	Absolute bool
}

// Load loads the merged model of files.
func Load(ctx context.Context, in Input, opts Options) (m *Model, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, &problem.Error{Kind: problem.Syntax, Reason: fmt.Sprintf("the Compose files can't be read: %v", p)}
		}
	}()
	tally.Load(ctx)
	defer quiet.Quiet()()
	origins := newOrigins()
	vars := opts.Variables
	if vars == nil {
		vars = &values{marks: in.Marks, origins: origins, trace: opts.Trace, keys: keysOf(in.Known)}
	}
	details := types.ConfigDetails{WorkingDir: in.Dir, Environment: maps.Clone(in.Env)}
	if details.Environment == nil {
		details.Environment = types.Mapping{}
	}
	c := converter{ctx: ctx, origins: origins, marks: in.Marks, trace: opts.Trace, named: in.NameExplicit}
	for _, file := range in.Files {
		details.ConfigFiles = append(details.ConfigFiles, c.file(file)...)
	}
	if in.Mirror != "" {
		if err := os.WriteFile(in.Mirror, c.mirror(in.Files), 0o600); err != nil {
			return nil, fmt.Errorf("reading a composition: %w", err)
		}
	}
	release, err := in.Remotes.write()
	defer release()
	if err != nil {
		return nil, err
	}
	includes := &includeLoader{dir: in.Dir, within: in.Within, mark: in.Marks.include, remotes: in.Remotes}
	tree, err := loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName(in.Name, in.NameExplicit)
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.SkipValidation = opts.Unchecked || opts.Bare
		o.SkipDefaultValues = opts.Bare
		o.ResolvePaths = opts.Absolute
		o.ResourceLoaders = []loader.ResourceLoader{includes}
		path := vars.Configure(o.Interpolate)
		guardPaths(o.Interpolate.TypeCastMapping, guard{mark: in.Marks.include, hostile: in.Within != "", path: path})
	})
	if err == nil {
		err = includes.left
	}
	if err != nil && c.inText {
		// Marks in a text may have moved the lines that the error names.
		opts.Trace = false
		return Load(ctx, in, opts)
	}
	if err != nil {
		return nil, in.Remotes.Clean(err)
	}
	if opts.Unchecked {
		delete(tree, "version") // as validation does
	}
	return newModel(in, in.Remotes.unrooted(tree), details.Environment["COMPOSE_PROJECT_NAME"], origins), nil
}

// ProjectName returns the name of a project in dir, and whether env gives it.
func ProjectName(dir string, env map[string]string) (name string, explicit bool) {
	if name := env["COMPOSE_PROJECT_NAME"]; name != "" {
		return loader.NormalizeProjectName(name), true
	}
	return loader.NormalizeProjectName(filepath.Base(dir)), false
}
