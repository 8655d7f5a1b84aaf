package carry

import (
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/envfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/internal/filename"
)

// replaces reports whether Docker Compose would run other files than the project's if a pulled
// folder had a file under its own name.
func (c *carrier) replaces(name string, content []byte) bool {
	return filename.Folded(name) == ".env" && !c.Archived && len(envfile.Replacing(content)) > 0
}

// refuseEnv reports that the .env file of an include can't be packaged, because the reference in
// an include can't be changed.
func (c *carrier) refuseEnv(n Need, name string) {
	const reason = "in a pulled folder, Docker Compose would run other files"
	if n.optional {
		c.warn("%s is not packaged: %s", name, reason)
		return
	}
	c.fail(problem.File, n, name, fmt.Sprintf("%s %s can't be packaged: %s; rename it", n.what, name, reason))
}

// renameEnv returns another name for an .env file that [carrier.replaces] reports, and warns
// about it.
func (c *carrier) renameEnv(name string, content []byte) string {
	renamed := c.flatName("project.env")
	c.warn("%s sets %s, with which Docker Compose would run other files in a pulled folder: it is packaged as %s, for containers only",
		name, strings.Join(envfile.Replacing(content), " and "), renamed)
	return renamed
}
