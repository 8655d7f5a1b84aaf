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
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
)

// A File is an image layout that the user named: a tar file, a folder, or a standard
// stream.
type File struct {
	Path string
	// Ref is the tag or digest of a package in it, if one is given.
	Ref string
	// IsFolder is set if it is a folder, or will be created as one.
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
		return File{}, usage.Errorf("the file name is empty")
	}
	path := t.Path(arg)
	info, err := os.Stat(path)
	return File{Path: path, IsFolder: err == nil && info.IsDir() || strings.HasSuffix(arg, "/") || strings.HasSuffix(arg, string(os.PathSeparator))}, nil
}

// Name returns the name of the file for messages.
func (f File) Name() string {
	if f.Path == flags.Standard {
		return "standard input"
	}
	return f.Path
}

// CheckFile returns an error if the file is missing, before any other work.
func CheckFile(t *terminal.Terminal, arg string) error {
	f, err := ParseFile(t, arg)
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.Path); err == nil {
		return nil
	}
	_, err = store.OpenFile(f.Path) // says what is wrong
	return err
}

// OpenFile opens a file for random access.
func OpenFile(t *terminal.Terminal, arg string) (session.Location, error) {
	f, err := ParseFile(t, arg)
	if err != nil {
		return session.Location{}, err
	}
	from, err := store.OpenFile(f.Path)
	return session.Location{Store: from, Ref: f.Ref}, err
}

// Stream opens a file that can only be read from start to end: standard input, a pipe, or a
// compressed file. It returns nil for any other file.
func Stream(t *terminal.Terminal, f File) (io.ReadCloser, error) {
	if f.Path == flags.Standard {
		return io.NopCloser(t.Stdin), nil
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.IsDir() {
		return nil, nil // opening it reports the error
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

// ToTerminal reports whether standard output is a terminal.
func ToTerminal(t *terminal.Terminal) bool {
	out, ok := t.Stdout.(*os.File)
	return ok && term.IsTerminal(int(out.Fd()))
}
