// Package loading reads the merged model of Compose files with compose-go, Docker
// Compose's own loader. It decides how variables are replaced, confines includes, records
// where the values of a model were written, and reads files from a registry in a folder
// that they can't leave.
//
// # One parse
//
// Files are parsed once: the loader gets the same documents, decoded, in which positions
// and edits are found, so that the two can't disagree. That is sound because both use the
// same library (go.yaml.in/yaml/v4), and because the loader decodes nodes, too, after it
// has looked for the tags !reset and !override, which it does only in text. So a file with
// one of these tags is passed as text, and so is a file that the loader rejects, for its
// error message. [FuzzConvert] compares the two ways. The loader reads included and
// extended files from disk itself.
//
// # Marks
//
// A scalar that may name an image, or that has variables, is passed with a mark before it,
// which identifies the node. The loader interpolates every scalar first. At that point the
// mark is removed and the string recorded by identity, not by its text. So the model has no
// marks, but shows the origin of each string that the loader passed on: anchors, merge
// keys, extends, overrides and resets are all followed as in Docker Compose.
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

// An Input is the input of a model.
type Input struct {
	// Dir is the absolute project directory.
	Dir string
	Env map[string]string
	// Files are merged in this order.
	Files []File
	// Name is the name of the project. Unless it is explicit, a name in the files takes
	// precedence.
	Name         string
	NameExplicit bool
	// Within, if set, is the folder that must contain all files: the files are not trusted.
	Within string
	// Marks are characters that are in none of the files, and in no value of Env.
	Marks Marks
	// Mirror, if set, is the path of a file with all Files joined, for files that refer to it.
	// Load writes it.
	Mirror string
	// Known are the documents of all files, including included files. Casts for other keys are
	// left out, because each makes loading slower. If it is nil, all casts are used.
	Known [][]*yaml.Node
	// Remotes are the compositions in registries that the files name; nil for none.
	Remotes *Remotes
}

// Options configure loading.
type Options struct {
	// Variables handles variables; nil replaces them with their values.
	Variables Variables
	// Trace records the origin of values.
	Trace bool
	// Unchecked skips validation, for files that are known to be valid.
	Unchecked bool
	// Bare skips validation and default values.
	Bare bool
	// Absolute makes all paths absolute. Otherwise they are as written, except those of
	// included files.
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
		// Marks in a text may have changed the line numbers in the error.
		opts.Trace = false
		return Load(ctx, in, opts)
	}
	if err != nil {
		return nil, in.Remotes.Clean(err)
	}
	if opts.Unchecked {
		delete(tree, "version") // as validation does
	}
	origins.standIns.restore(tree)
	return newModel(in, in.Remotes.unrooted(tree), details.Environment["COMPOSE_PROJECT_NAME"], origins), nil
}

// ProjectName returns the name of a project in dir, and whether env gives it.
func ProjectName(dir string, env map[string]string) (name string, explicit bool) {
	if name := env["COMPOSE_PROJECT_NAME"]; name != "" {
		return loader.NormalizeProjectName(name), true
	}
	return loader.NormalizeProjectName(filepath.Base(dir)), false
}
