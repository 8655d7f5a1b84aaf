package loading

import (
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/quiet"
)

// CheckConsistency runs Docker Compose's own checks of what a model refers to: services
// that others depend on, networks, volumes, configs and secrets. They need every value,
// so a model with unset variables passes: only the place of deployment can tell.
func (m *Model) CheckConsistency(profiles []string) error {
	unset := false
	model.Copy(m.Tree, func(text string) string {
		unset = unset || m.in.Marks.Unset.In(text)
		return text
	})
	if unset {
		return nil
	}
	copied, err := m.Absolute()
	if err != nil {
		return err
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
