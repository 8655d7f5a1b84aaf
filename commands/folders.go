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
	}{{"project-directory", false}, {"directory", true}, {"folder", true}} {
		if !from.IsSet(flag.name) {
			continue
		}
		if err := t.checkFolder("--"+flag.name, from.String(flag.name), flag.made); err != nil {
			return err
		}
	}
	return nil
}

// checkFolder checks a folder that is called name on the command line; one that is made may
// be missing.
func (t *terminal) checkFolder(name, folder string, made bool) error {
	info, err := os.Stat(t.path(folder))
	switch {
	case errors.Is(err, fs.ErrNotExist) && made:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return insteadf("%s %q: there is no such folder", name, folder)
	case err != nil:
		return insteadf("%s %q: %v", name, folder, err)
	case !info.IsDir():
		return insteadf("%s %q: it is a file, not a folder", name, folder)
	}
	return nil
}
