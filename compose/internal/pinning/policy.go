package pinning

import "github.com/ocompose/ocompose/compose/internal/model"

// pullPolicy is the key of a service's pull policy, and pulled is the policy that pulls
// missing images.
const (
	pullPolicy = "pull_policy"
	pulled     = "missing"
)

// KeepsFromPulling reports whether a pull policy never pulls the image, pinned or not: the
// image must exist locally, or be built.
func KeepsFromPulling(policy any) bool { return policy == "never" || policy == "build" }

// policies lists the pull policies of pinned services that keep their images from being
// pulled.
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

// isPolicyChange reports whether a difference is a pull policy that now pulls the image.
func isPolicyChange(at model.Path, before, after any) bool {
	return len(at) == 3 && at[2] == pullPolicy && KeepsFromPulling(before) && after == pulled
}
