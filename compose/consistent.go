package compose

import (
	"encoding/json"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// checkConsistency runs Docker Compose's own checks of what a model refers to: services
// that others depend on, networks, volumes, configs and secrets. They need every value,
// so a model with unset variables passes: only the place of deployment can tell.
func checkConsistency(model map[string]any, name string, s *source, profiles []string) error {
	content, err := json.Marshal(model)
	if err != nil || strings.Contains(string(content), unsetOpen) {
		return nil
	}
	var clone map[string]any
	if err := json.Unmarshal(content, &clone); err != nil {
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
	clone["name"] = name
	if clone, err = loader.Normalize(clone, details.Environment); err != nil {
		return err
	}
	_, err = loader.ModelToProject(clone, opts, details)
	return err
}
