package pinning

import (
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// overrideFile writes the Compose override that pins the targets with the given indexes,
// and changes the given pull policies so that images are pulled; it is empty if there are
// none. Lists that a merge would append to are repeated completely, with the pins of all
// targets in them.
func overrideFile(rest []int, targets []target, policies []model.Path, lists *override.Copier) ([]byte, error) {
	within := map[string][]target{} // the targets in each repeated value
	for _, t := range targets {
		if repeated := t.repeated(); repeated != nil {
			within[repeated.Key()] = append(within[repeated.Key()], t)
		}
	}
	root := map[string]any{}
	done := map[string]bool{}
	for _, i := range rest {
		t := targets[i]
		repeated := t.repeated()
		if repeated == nil {
			model.Set(root, t.at, variables.Escape(t.pin.Ref))
			continue
		}
		if done[repeated.Key()] {
			continue
		}
		done[repeated.Key()] = true
		value := lists.Value(repeated)
		for _, other := range within[repeated.Key()] {
			model.Set(value, other.at[len(repeated):], variables.Escape(other.pin.Ref))
		}
		if list, oneMount := t.list(); oneMount {
			mounts, _ := model.Get(root, list).([]any)
			model.Set(root, list, append(mounts, value))
		} else {
			items, _ := value.([]any)
			model.Set(root, list, override.Replaced(items))
		}
	}
	for _, at := range policies {
		model.Set(root, at, pulled)
	}
	if len(root) == 0 {
		return nil, nil
	}
	return override.Encode(root)
}
