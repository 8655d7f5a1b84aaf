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

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// A reader turns files into the merged model, with Docker Compose's own loader.
type reader struct {
	dir   string
	env   types.Mapping
	files []types.ConfigFile
	// name is the project name where no file gives one, or explicitly so.
	name         string
	nameExplicit bool
}

// model loads the merged model. Variables without a value stay in it, marked.
func (r *reader) model(ctx context.Context) (model map[string]any, name string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Problem: ProblemSyntax, Reason: fmt.Sprintf("the Compose files can't be read: %v", p)}
		}
	}()
	defer quiet()()
	env := r.env.Clone()
	details := types.ConfigDetails{WorkingDir: r.dir, Environment: env, ConfigFiles: r.files}
	model, err = loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName(r.name, r.nameExplicit)
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.ResolvePaths = true
		o.Interpolate.Substitute = substitute
		o.Interpolate.TypeCastMapping = tolerantCasts(o.Interpolate.TypeCastMapping)
	})
	if err != nil {
		return nil, "", err
	}
	return model, env["COMPOSE_PROJECT_NAME"], nil
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
		content := f.content
		if content == nil {
			content = []byte{}
		}
		r.files = append(r.files, types.ConfigFile{Filename: path, Content: content})
	}
	return r
}

var logging sync.Mutex

// quiet keeps the loader's warnings, which it writes to the process-wide logger, off
// standard error, until the returned function is called.
func quiet() (restore func()) {
	logging.Lock()
	logger := logrus.StandardLogger()
	out := logger.Out
	logger.SetOutput(io.Discard)
	return func() {
		logger.SetOutput(out)
		logging.Unlock()
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
