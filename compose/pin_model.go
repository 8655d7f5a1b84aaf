package compose

import (
	"context"

	"github.com/compose-spec/compose-go/v2/types"
)

// pinModel loads the model that compose files make together in p, as Docker Compose
// merges it: includes and extends are resolved, defaults and inheritance not yet
// filled in, and paths as they are written. Unset variables stay in it, marked; with
// raw, all variables stay as they are written.
func (p *Project) pinModel(ctx context.Context, files []File, raw bool) (map[string]any, error) {
	return p.merge(ctx, files, raw)
}

// interpolation replaces the variables in a text as the project does, and returns ""
// for what is no valid template.
func (p *Project) interpolation() func(string) string {
	env := types.Mapping(p.env).Clone()
	env["COMPOSE_PROJECT_NAME"] = p.Name
	return func(text string) string {
		known, err := substitute(text, env.Resolve)
		if err != nil {
			return ""
		}
		return known
	}
}
