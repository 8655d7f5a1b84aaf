package commands

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
)

// standard is the file that is standard input or output.
const standard = "-"

// A file is an image layout as the user named it: in a tar file, a folder, or on a standard
// stream.
type file struct {
	path string
	// ref is the tag or digest of a package in it, if one is named.
	ref string
	// isFolder tells that it is a folder, or is to become one.
	isFolder bool
}

// parseFile reads an argument that is a path, or a reference to an image layout.
func (t *terminal) parseFile(arg string) (file, error) {
	if arg == standard {
		return file{path: standard}, nil
	}
	if layout, ok, err := t.parseLayout(arg); ok || err != nil {
		return file{path: layout.dir, ref: layout.ref, isFolder: true}, err
	}
	if rest, ok := strings.CutPrefix(arg, store.ArchivePrefix); ok {
		named, _, err := t.parseLayout(store.LayoutPrefix + rest)
		return file{path: named.dir, ref: named.ref}, err
	}
	if arg == "" {
		return file{}, usagef("the file has no name")
	}
	path := t.path(arg)
	info, err := os.Stat(path)
	return file{path: path, isFolder: err == nil && info.IsDir() || strings.HasSuffix(arg, "/") || strings.HasSuffix(arg, string(os.PathSeparator))}, nil
}

// name is what the file is called in messages.
func (f file) name() string {
	if f.path == standard {
		return "standard input"
	}
	return f.path
}

// isFileReference tells whether an argument that may be a reference to a registry names a
// file instead.
func isFileReference(arg string) bool {
	for _, prefix := range []string{store.ArchivePrefix, "./", "../", "/"} {
		if strings.HasPrefix(arg, prefix) {
			return true
		}
	}
	return false
}

// openFile opens a file that is read in any order.
func (t *terminal) openFile(arg string) (action.Location, error) {
	f, err := t.parseFile(arg)
	if err != nil {
		return action.Location{}, err
	}
	from, err := store.OpenFile(f.path)
	return action.Location{Store: from, Ref: f.ref}, err
}

// stream opens a file that can be read from its start only: standard input, a pipe, or one
// that is compressed. It returns nil for any other.
func (t *terminal) stream(f file) (io.ReadCloser, error) {
	if f.path == standard {
		return io.NopCloser(t.Stdin), nil
	}
	info, err := os.Stat(f.path)
	if err != nil || info.IsDir() {
		return nil, nil // opening it says what is wrong
	}
	if info.Mode().IsRegular() {
		a, err := store.OpenArchive(f.path)
		if err == nil {
			return nil, a.Close()
		}
		if !errors.Is(err, archive.ErrCompressed) {
			return nil, err
		}
	}
	return os.Open(f.path)
}

// toTerminal tells whether the result would go to a terminal.
func (t *terminal) toTerminal() bool {
	out, ok := t.Stdout.(*os.File)
	return ok && term.IsTerminal(int(out.Fd()))
}
