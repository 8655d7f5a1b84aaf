package commands

import (
	"errors"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"
)

// checkFolders checks the flags that name a folder: one to read from has to be there, and
// one to write into is made if nothing has its name.
func (t *terminal) checkFolders(from *cli.Context) error {
	for _, flag := range []struct {
		name string
		made bool
	}{{"project-directory", false}, {"directory", true}} {
		if !from.IsSet(flag.name) {
			continue
		}
		folder := from.String(flag.name)
		info, err := os.Stat(t.path(folder))
		switch {
		case errors.Is(err, fs.ErrNotExist) && flag.made:
		case errors.Is(err, fs.ErrNotExist):
			return insteadf("--%s %q: there is no such folder", flag.name, folder)
		case err != nil:
			return insteadf("--%s %q: %v", flag.name, folder, err)
		case !info.IsDir():
			return insteadf("--%s %q: it is a file, not a folder", flag.name, folder)
		}
	}
	return nil
}
