package carry

import (
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
)

// A list of hooks is repeated completely by an override that changes one of them, as the pins do
// for their images. So the files of hooks have the same names in a folder and from a registry:
// without folders.

// isHook reports whether a path of the model is in a hook.
func isHook(at model.Path) bool { return len(at) > 2 && at[2] == "pre_start" }

// hookFiles returns carried files under names without folders, for a hook.
func (c *carrier) hookFiles(files []File) []File {
	flat := make([]File, len(files))
	for i, f := range files {
		flat[i] = c.hookFile(f)
	}
	return flat
}

// hookFile returns a carried file under a name without folders: a copy, if it has other names.
func (c *carrier) hookFile(f File) File {
	f = c.carried[f.Source]
	if !strings.Contains(f.Name, "/") && f.RestoredAs == "" {
		c.restore(f)
		return c.carried[f.Source]
	}
	key := "pre_start\x00" + f.Source
	if known, ok := c.carried[key]; ok {
		return known
	}
	f.Name, f.RestoredAs, f.Extra = c.flatName(f.Name), "", false
	c.carried[key] = f
	return f
}
