package compose

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// A reader turns files into the merged model, with Docker Compose's own loader.
type reader struct {
	// dir is the absolute project directory.
	dir   string
	env   types.Mapping
	files []types.ConfigFile
	// name is the project name where no file gives one, or explicitly so.
	name         string
	nameExplicit bool
	// within, if set, is the folder that no file may be outside of: the files are
	// not to be trusted.
	within string
	// lax leaves out validation and defaults, and keeps paths as they are written.
	lax bool
	// raw keeps variables as they are written, but for those that name a file to read.
	raw bool
	// flat, if set, decides about variables.
	flat *flattener
}

// model loads the merged model and tells the project's name. Variables without a value
// stay in the model, marked.
func (r *reader) model(ctx context.Context) (model map[string]any, name string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Problem: ProblemSyntax, Reason: fmt.Sprintf("the Compose files can't be read: %v", p)}
		}
	}()
	for _, file := range r.files {
		if err := checkAliases(file.Content); err != nil {
			return nil, "", &Error{Problem: ProblemSyntax, Position: Position{File: file.Filename}, Reason: err.Error()}
		}
	}
	defer quiet()()
	env := r.env.Clone()
	details := types.ConfigDetails{WorkingDir: r.dir, Environment: env, ConfigFiles: r.files}
	includes := &includeLoader{dir: r.dir, within: r.within}
	model, err = loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName(r.name, r.nameExplicit)
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.SkipValidation = r.lax || r.flat != nil
		o.SkipDefaultValues = r.lax || r.flat != nil
		o.ResolvePaths = !r.lax
		o.ResourceLoaders = []loader.ResourceLoader{includes}
		r.interpolation(o.Interpolate)
	})
	if err == nil {
		err = includes.left
	}
	if err != nil {
		return nil, "", err
	}
	return model, env["COMPOSE_PROJECT_NAME"], nil
}

// interpolation says what becomes of variables.
func (r *reader) interpolation(o *interpolation.Options) {
	if r.flat != nil {
		r.flat.interpolation(o, r.within != "")
		return
	}
	if !r.raw {
		o.Substitute = substitute
		o.TypeCastMapping = tolerantCasts(o.TypeCastMapping, unsetOpen)
		if r.lax {
			// Every cast makes reading slower, and only the loader itself needs these.
			maps.DeleteFunc(o.TypeCastMapping, func(path tree.Path, _ interpolation.Cast) bool { return !neededCast(path) })
		}
		guardPaths(o.TypeCastMapping, r.within != "", func(value string) (string, error) { return value, nil })
		return
	}
	o.Substitute = func(value string, _ template.Mapping) (string, error) { return value, nil }
	if r.lax {
		// Nobody asks for types, so that variables may stay in their place too.
		o.TypeCastMapping = map[tree.Path]interpolation.Cast{}
	} else {
		o.TypeCastMapping = tolerantCasts(o.TypeCastMapping, "$")
	}
	lookup := o.LookupValue
	guardPaths(o.TypeCastMapping, r.within != "", func(value string) (string, error) {
		return substitute(value, template.Mapping(lookup))
	})
}

// newReader prepares reading what a source found.
func newReader(s *source) *reader {
	r := &reader{dir: s.dir, env: s.env, name: loader.NormalizeProjectName(filepath.Base(s.dir))}
	if name := s.env["COMPOSE_PROJECT_NAME"]; name != "" {
		r.name, r.nameExplicit = loader.NormalizeProjectName(name), true
	}
	for _, f := range s.files {
		path := f.path
		if path == "" {
			path = filepath.Join(s.dir, "-")
		}
		r.files = append(r.files, configFile(path, f.content))
	}
	return r
}

// configFile is a file for the loader, which would read it again if it had no content.
func configFile(path string, content []byte) types.ConfigFile {
	if content == nil {
		content = []byte{}
	}
	return types.ConfigFile{Filename: path, Content: content}
}

// merge loads the model that compose files make together in place of the project's
// own, without validation, with paths as they are written. Unset variables stay in it,
// marked; with raw, all variables stay as they are written.
func (p *Project) merge(ctx context.Context, files []File, raw bool) (map[string]any, error) {
	r := &reader{dir: p.Dir, env: p.env, name: loader.NormalizeProjectName(p.Name), nameExplicit: true, lax: true, raw: raw}
	if p.opened {
		stage, err := newStage(append(slices.Clone(files), p.Carried...))
		if err != nil {
			return nil, err
		}
		defer stage.remove()
		r.dir, r.within, r.files = stage.root, stage.root, stage.mains
		model, _, err := r.model(ctx)
		return stage.unrooted(model), err
	}
	for _, file := range files {
		if file.Kind == ComposeFile {
			r.files = append(r.files, configFile(filepath.Join(p.Dir, filepath.FromSlash(file.Name)), file.Content))
		}
	}
	model, _, err := r.model(ctx)
	return model, err
}

// logging is the state of the loader's logger, which belongs to the whole process.
var logging struct {
	sync.Mutex
	users int
	out   io.Writer
}

// quiet keeps the loader's warnings off standard error until the returned function is
// called. Several callers can ask for it at the same time.
func quiet() (restore func()) {
	logging.Lock()
	defer logging.Unlock()
	logger := logrus.StandardLogger()
	if logging.users++; logging.users == 1 {
		logging.out = logger.Out
		logger.SetOutput(io.Discard)
	}
	return func() {
		logging.Lock()
		defer logging.Unlock()
		if logging.users--; logging.users == 0 {
			logger.SetOutput(logging.out)
		}
	}
}

// entries iterates over a mapping of the model by key; over nothing if value is none.
func entries(value any) iter.Seq2[string, any] {
	mapping, _ := value.(map[string]any)
	return func(yield func(string, any) bool) {
		for _, key := range slices.Sorted(maps.Keys(mapping)) {
			if !yield(key, mapping[key]) {
				return
			}
		}
	}
}

// copyOf copies a value of the model, with every text in it replaced.
func copyOf(value any, replace func(string) string) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, each := range v {
			copied[key] = copyOf(each, replace)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, each := range v {
			copied[i] = copyOf(each, replace)
		}
		return copied
	case string:
		return replace(v)
	}
	return value
}
