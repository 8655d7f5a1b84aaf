package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocompose/ocompose/internal/filelock"
)

// An ExistsError reports that a file exists already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string { return fmt.Sprintf("%s exists", e.Path) }

// partSuffix is the suffix of a file's name while it is written.
const partSuffix = ".part"

// A NewFile is a file that gets its name when it is complete.
type NewFile struct {
	io.Writer
	path       string
	file       *os.File
	compressed io.WriteCloser
}

// Create begins a file, compressed according to its name. It returns an [ExistsError] if there
// is one, unless force is given.
func Create(path string, force bool) (*NewFile, error) {
	if _, err := os.Lstat(path); err == nil && !force {
		return nil, &ExistsError{path}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path+partSuffix, os.O_CREATE|os.O_RDWR, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("writing %s: the folder %s does not exist", path, filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	if !filelock.Try(file) {
		return nil, errors.Join(fmt.Errorf("another process is writing %s", path), file.Close())
	}
	// Remove the rest of an interrupted write.
	created := &NewFile{path: path, file: file}
	if err = file.Truncate(0); err == nil {
		created.compressed, err = Compress(file, CompressionOf(path))
	}
	if err != nil {
		created.Abort()
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	created.Writer = created.compressed
	return created, nil
}

// Commit renames the file to its name after all of it is on disk.
func (f *NewFile) Commit() error {
	if err := errors.Join(f.compressed.Close(), f.file.Sync(), f.file.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	return os.Rename(f.path+partSuffix, f.path)
}

// Abort removes the unfinished file. After Commit it does nothing.
func (f *NewFile) Abort() {
	if f.file.Close() == nil {
		_ = os.Remove(f.path + partSuffix)
	}
}
