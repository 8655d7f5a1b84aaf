package compose

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// pinModel loads the model that compose files make together in p, as Docker Compose
// merges it: includes and extends are resolved, defaults and inheritance not yet
// filled in, and paths as they are written. Unset variables stay in it, marked; with
// raw, all variables stay as they are written.
func (p *Project) pinModel(ctx context.Context, files []File, raw bool) (model map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("loading the Compose files: %v", r)
		}
	}()
	defer quiet()()
	details := types.ConfigDetails{WorkingDir: p.Dir, Environment: types.Mapping{}}
	if !raw {
		details.Environment = p.pinEnvironment()
	}
	for _, file := range files {
		if file.Kind != ComposeFile {
			continue
		}
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{
			Filename: filepath.Join(p.Dir, filepath.FromSlash(file.Name)),
			Content:  append([]byte{}, file.Content...),
		})
	}
	if len(details.ConfigFiles) == 0 {
		return nil, errors.New("the project has no Compose file")
	}
	return loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName(loader.NormalizeProjectName(p.Name), true)
		o.SkipValidation = true
		o.SkipNormalization = true
		o.SkipConsistencyCheck = true
		o.SkipResolveEnvironment = true
		o.SkipDefaultValues = true
		o.ResolvePaths = false
		o.SkipInterpolation = raw
		o.Interpolate.Substitute = substitute
		o.Interpolate.TypeCastMapping = tolerantCasts(o.Interpolate.TypeCastMapping)
	})
}

// pinEnvironment is what the variables of the project are set to.
func (p *Project) pinEnvironment() types.Mapping {
	env := types.Mapping(p.env).Clone()
	env["COMPOSE_PROJECT_NAME"] = p.Name
	return env
}
