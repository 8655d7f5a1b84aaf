package program

import (
	"errors"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// checkFolders checks the flags that name a folder: one to read from has to be there, and
// one to write into is made if nothing has its name.
func checkFolders(t *terminal.Terminal, from *cli.Context) error {
	for _, flag := range []struct {
		name string
		made bool
	}{{"project-directory", false}, {"directory", true}, {"folder", true}} {
		if !from.IsSet(flag.name) {
			continue
		}
		if err := CheckFolder(t, "--"+flag.name, from.String(flag.name), flag.made); err != nil {
			return err
		}
	}
	return nil
}

// CheckFolder checks a folder that is called name on the command line; one that is made may
// be missing.
func CheckFolder(t *terminal.Terminal, name, folder string, made bool) error {
	info, err := os.Stat(t.Path(folder))
	switch {
	case errors.Is(err, fs.ErrNotExist) && made:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return usage.Insteadf("%s %q: there is no such folder", name, folder)
	case err != nil:
		return usage.Insteadf("%s %q: %v", name, folder, err)
	case !info.IsDir():
		return usage.Insteadf("%s %q: it is a file, not a folder", name, folder)
	}
	return nil
}
