package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// What is acknowledged has to be there after the machine lost its power: a file is synced
// before it gets its name, and the folder after.

// makeDir makes a folder below root, with those above it, and syncs where it made one.
func makeDir(path, root string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || path == root {
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDir(parent, root); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// syncDir makes the names in a folder last.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // which has no such thing
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// removeFile makes a file go away, and stay away. To remove what is not there is no error.
func removeFile(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
