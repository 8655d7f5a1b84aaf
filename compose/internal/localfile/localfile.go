// Package localfile reads files from disk: regular files only, bounded in size,
// and, for files that become part of a composition, only below a given folder.
package localfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// MaxSize is the most bytes that [Read] returns.
const MaxSize = 8 << 20

// ErrDirectory is the error for a directory in the place of a file.
var ErrDirectory = errors.New("it is a directory")

// ErrTooLarge is the error for a file of more than [MaxSize] bytes.
var ErrTooLarge = fmt.Errorf("larger than %d MiB", MaxSize>>20)

var (
	errNotRegular = errors.New("it is not a regular file")
	errOutside    = errors.New("it is outside the project folder")
	errSymlink    = errors.New("it is a symlink that leaves the project folder")
)

// Read returns the content of a regular file of at most [MaxSize] bytes.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, ErrDirectory
	case info.Mode()&(fs.ModeSocket|fs.ModeDevice|fs.ModeIrregular) != 0:
		return nil, errNotRegular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f)
}

// ReadAll returns what r has, at most [MaxSize] bytes.
func ReadAll(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err == nil && len(content) > MaxSize {
		err = ErrTooLarge
	}
	return content, err
}

// ReadWithin is [Read] for a file that must be in dir, also after symlinks are
// followed. It returns the file's mode, too.
func ReadWithin(dir, path string) ([]byte, fs.FileMode, error) {
	if !Inside(dir, path) {
		return nil, 0, errOutside
	}
	if err := StaysWithin(dir, path); err != nil {
		return nil, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	content, err := Read(path)
	return content, info.Mode(), err
}

// StaysWithin returns an error if path is not in dir once symlinks are followed.
func StaysWithin(dir, path string) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	realDir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if !Inside(realDir, target) {
		return errSymlink
	}
	return nil
}

// Inside reports whether path is dir or below it, by name alone.
func Inside(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// Absolute returns path, relative to dir if it is not absolute.
func Absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// Cause returns what is wrong with a file, without the operation and the path,
// for messages that name the file themselves.
func Cause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

var remote = regexp.MustCompile(`^(?:[a-zA-Z][a-zA-Z0-9+.-]*://|git@|github\.com/.*#)`)

// IsRemote reports whether a path in a Compose file names something that is fetched: a
// URL or a git repository.
func IsRemote(path string) bool { return remote.MatchString(path) }

// IsComposition reports whether a path in a Compose file names a composition in a registry:
// "oci://example.com/shop:1".
func IsComposition(path string) bool { return strings.HasPrefix(path, "oci://") }
