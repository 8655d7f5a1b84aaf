package compose

import (
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// checkConsistency runs Docker Compose's own checks of what a model refers to: services
// that others depend on, networks, volumes, configs and secrets. They need every value,
// so a model with unset variables passes: only the place of deployment can tell.
func checkConsistency(model map[string]any, name string, s *source, profiles []string) error {
	unset := false
	copied, _ := copyOf(model, func(text string) string {
		unset = unset || strings.Contains(text, unsetOpen)
		return text
	}).(map[string]any)
	if unset {
		return nil
	}
	defer quiet()()
	details := types.ConfigDetails{WorkingDir: s.dir, Environment: s.env.Clone()}
	opts := loader.ToOptions(&details, []func(*loader.Options){func(o *loader.Options) {
		o.SetProjectName(name, true)
		o.Profiles = profiles
		o.SkipResolveEnvironment = true
		o.SkipResolveLabels = true
	}})
	copied["name"] = name
	normal, err := loader.Normalize(copied, details.Environment)
	if err != nil {
		return err
	}
	_, err = loader.ModelToProject(normal, opts, details)
	return err
}
