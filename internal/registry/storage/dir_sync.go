package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Acknowledged content must survive a power failure: a file is synced before it is renamed, and its folder after.

// makeDir creates a folder below root, with its parents, and syncs the changed folders.
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

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // not supported
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// removeFile removes a file durably. A missing file is not an error.
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
