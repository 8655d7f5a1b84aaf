package program

import (
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
)

// A File is an image layout as the user named it: in a tar file, a folder, or on a standard
// stream.
type File struct {
	Path string
	// ref is the tag or digest of a package in it, if one is named.
	Ref string
	// isFolder tells that it is a folder, or is to become one.
	IsFolder bool
}

// ParseFile reads an argument that is a path, or a reference to an image layout.
func ParseFile(t *terminal.Terminal, arg string) (File, error) {
	if arg == flags.Standard {
		return File{Path: flags.Standard}, nil
	}
	if layout, ok, err := parseLayout(t, arg); ok || err != nil {
		return File{Path: layout.dir, Ref: layout.ref, IsFolder: true}, err
	}
	if rest, ok := strings.CutPrefix(arg, store.ArchivePrefix); ok {
		named, _, err := parseLayout(t, store.LayoutPrefix+rest)
		return File{Path: named.dir, Ref: named.ref}, err
	}
	if arg == "" {
		return File{}, usage.Errorf("the file has no name")
	}
	path := t.Path(arg)
	info, err := os.Stat(path)
	return File{Path: path, IsFolder: err == nil && info.IsDir() || strings.HasSuffix(arg, "/") || strings.HasSuffix(arg, string(os.PathSeparator))}, nil
}

// Name is what the file is called in messages.
func (f File) Name() string {
	if f.Path == flags.Standard {
		return "standard input"
	}
	return f.Path
}

// OpenFile opens a file that is read in any order.
func OpenFile(t *terminal.Terminal, arg string) (action.Location, error) {
	f, err := ParseFile(t, arg)
	if err != nil {
		return action.Location{}, err
	}
	from, err := store.OpenFile(f.Path)
	return action.Location{Store: from, Ref: f.Ref}, err
}

// Stream opens a file that can be read from its start only: standard input, a pipe, or one
// that is compressed. It returns nil for any other.
func Stream(t *terminal.Terminal, f File) (io.ReadCloser, error) {
	if f.Path == flags.Standard {
		return io.NopCloser(t.Stdin), nil
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.IsDir() {
		return nil, nil // opening it says what is wrong
	}
	if info.Mode().IsRegular() {
		a, err := store.OpenArchive(f.Path)
		if err == nil {
			return nil, a.Close()
		}
		if !errors.Is(err, archive.ErrCompressed) {
			return nil, err
		}
	}
	return os.Open(f.Path)
}

// ToTerminal tells whether the result would go to a terminal.
func ToTerminal(t *terminal.Terminal) bool {
	out, ok := t.Stdout.(*os.File)
	return ok && term.IsTerminal(int(out.Fd()))
}
