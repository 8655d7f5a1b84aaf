// Package folder makes folders, and removes them again if what they were made for fails.
package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Make makes a folder and its missing parents. undo removes those of them that are empty.
func Make(path string) (undo func(), err error) {
	var made []string // from the outermost to the innermost
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append([]string{dir}, made...)
		if filepath.Dir(dir) == dir {
			break
		}
	}
	undo = func() {
		for i := len(made) - 1; i >= 0; i-- {
			_ = os.Remove(made[i]) // only if it is empty
		}
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}
