package carry

import (
	"fmt"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// isExcluded reports whether the user leaves a path, or a folder that contains it, to the host.
func (c *carrier) isExcluded(path string) bool {
	for _, excluded := range c.Excluded {
		if localfile.Inside(excluded, path) {
			return true
		}
	}
	return false
}

// checkExcluded reports excluded paths that no container mounts and that no env file or config
// has: they would change nothing.
func (c *carrier) checkExcluded(needs []Need, all []mounts.Mount) {
	for _, excluded := range c.Excluded {
		used := false
		for _, n := range needs {
			used = used || n.canStay() && localfile.Inside(excluded, n.path)
		}
		for _, m := range all {
			used = used || localfile.Inside(excluded, m.Path) || localfile.Inside(m.Path, excluded) && exists(excluded)
		}
		if used {
			continue
		}
		reason := "no service mounts it"
		if !exists(excluded) {
			reason = "there is no such file, and no service mounts it"
		}
		c.errs = append(c.errs, &problem.Error{Kind: problem.File, Subject: c.name(excluded), Reason: fmt.Sprintf("--exclude %s: %s", c.name(excluded), reason)})
	}
}

// canStay reports whether Docker Compose can read the project without the file of a need: an env
// file of a service, or a file that it needs only to start the application.
func (n Need) canStay() bool { return n.at != nil && (n.env || n.late) }
