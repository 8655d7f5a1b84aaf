package unpack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/filelock"
	"github.com/ocompose/ocompose/internal/filename"
)

// A staging folder is inside the folder that files are pulled into, so that giving a
// file its name is atomic. It belongs to the process that created it, and the next one
// removes it if that process was killed.
type staging struct {
	root *os.Root
	name string
	held *os.File
}

// newStaging removes the staging folders that other processes left, and creates one.
func newStaging(root *os.Root) (*staging, error) {
	// Only one process at a time does this: a new folder is not locked yet.
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if filelock.Try(dir) {
		removeAbandoned(root)
	}
	s := &staging{root: root, name: filename.ReservedPrefix + rand.Text()}
	if err := root.Mkdir(s.name, 0o700); err != nil {
		return nil, fmt.Errorf("creating a staging folder: %w", err)
	}
	if s.held, err = root.Open(s.name); err != nil {
		return nil, errors.Join(err, root.Remove(s.name))
	}
	filelock.Try(s.held)
	return s, nil
}

// removeAbandoned removes the staging folders of processes that no longer run. It ignores folders
// that can't be removed.
func removeAbandoned(root *os.Root) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !entry.IsDir() || !strings.HasPrefix(entry.Name(), filename.ReservedPrefix) {
			continue
		}
		folder, err := root.Open(entry.Name())
		if err != nil {
			continue
		}
		if isAbandoned(folder, info.ModTime()) {
			_ = root.RemoveAll(entry.Name())
		}
		_ = folder.Close()
	}
}

// abandonedAfter is the age after which a staging folder is assumed to belong to a process that
// no longer runs, if folders can't be locked.
const abandonedAfter = 24 * time.Hour

// isAbandoned reports whether the process that created a staging folder no longer runs.
func isAbandoned(folder *os.File, changed time.Time) bool {
	if !filelock.Supported {
		return time.Since(changed) > abandonedAfter
	}
	return filelock.Try(folder)
}

// remove removes the folder.
func (s *staging) remove() {
	_ = s.root.RemoveAll(s.name)
	_ = s.held.Close()
}
