package loading

import (
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/quiet"
)

// CheckConsistency runs Docker Compose's own checks of references in a model: services that
// others depend on, networks, volumes, configs and secrets. absolute is the model with
// absolute paths. The checks need every value, so a model with unset variables passes: only
// the place of deployment can tell.
func (m *Model) CheckConsistency(absolute map[string]any, profiles []string) error {
	unset := false
	copied, _ := model.Copy(absolute, func(text string) string {
		unset = unset || m.in.Marks.Unset.In(text)
		return text
	}).(map[string]any)
	if unset {
		return nil
	}
	defer quiet.Quiet()()
	details := types.ConfigDetails{WorkingDir: m.in.Dir, Environment: types.Mapping(m.in.Env).Clone()}
	opts := loader.ToOptions(&details, []func(*loader.Options){func(o *loader.Options) {
		o.SetProjectName(m.Name, true)
		o.Profiles = profiles
		o.SkipResolveEnvironment = true
		o.SkipResolveLabels = true
	}})
	copied["name"] = m.Name
	normal, err := loader.Normalize(copied, details.Environment)
	if err != nil {
		return err
	}
	_, err = loader.ModelToProject(normal, opts, details)
	return err
}
