package pinning

import "github.com/ocompose/ocompose/compose/internal/model"

// pullPolicy is the key of a service that says when its image is pulled, and pulled is the
// value for an image that is pulled where it is missing.
const (
	pullPolicy = "pull_policy"
	pulled     = "missing"
)

// KeepsFromPulling reports whether a service's pull policy keeps its image from being pulled,
// pinned or not: it has to be there, or to be built.
func KeepsFromPulling(policy any) bool { return policy == "never" || policy == "build" }

// policies lists the pull policies of the services whose images are pinned that keep them from
// being pulled.
func (p *Pinner) policies(targets []target) []model.Path {
	var all []model.Path
	for _, t := range targets {
		if len(t.at) != 3 || t.at[2] != "image" {
			continue
		}
		at := model.Path{t.at[0], t.at[1], pullPolicy}
		if KeepsFromPulling(model.Get(p.Model.Tree, at)) {
			all = append(all, at)
		}
	}
	return all
}

// isPolicyChange reports whether a difference is that a pull policy lets an image be pulled.
func isPolicyChange(at model.Path, before, after any) bool {
	return len(at) == 3 && at[2] == pullPolicy && KeepsFromPulling(before) && after == pulled
}
