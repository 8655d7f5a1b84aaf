// Package unpack writes the files of a composition into a folder: all of them or none,
// verified, and nothing outside it.
package unpack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/folder"
)

// An ExistsError reports that a file exists already, with other content.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists and has other content", e.Path)
}

// An InTheWayError reports that a folder exists where a file must be written, or something else
// where a folder is needed. It is never replaced.
type InTheWayError struct {
	// Path is the existing folder or file.
	Path string
	// Folder is set if it is a folder.
	Folder bool
}

func (e *InTheWayError) Error() string {
	if e.Folder {
		return fmt.Sprintf("%s is a folder, and the composition has a file of that name", e.Path)
	}
	return fmt.Sprintf("%s is not a folder, and the composition has files in a folder of that name", e.Path)
}

// Options configure how files are written.
type Options struct {
	// Dir is the target directory; it is created if it is missing.
	Dir string
	// Force replaces existing files with other content, but never folders.
	Force bool
	// AllowHidden writes files that other programs read or run automatically.
	AllowHidden bool
	// MaxSize is the maximum total size of the files in bytes; 0: [DefaultMaxSize].
	MaxSize int64
}

// DefaultMaxSize is the maximum total size of a composition's files in bytes, unless
// [Options.MaxSize] is set.
const DefaultMaxSize = 1 << 30

// A File is a file that was written.
type File struct {
	// Name is the path below the target directory, with slashes.
	Name string
	Kind compose.Kind
	// Size is the number of bytes.
	Size int64
}

// Files writes the files of a composition below the target directory, regardless of the names in
// the composition, and returns them in the order of their layers. open opens the content of a
// layer, and verifies it while it is read. A file gets its name after all contents have been
// written; if one fails, none remains. A file with the same content is not replaced; one with
// other content is an [ExistsError], unless Force is set. A folder with the name of a file is
// always an [InTheWayError]. Files that other programs read or run automatically are a
// [HiddenError], unless they are allowed.
//
// A file is replaced atomically: if the process is killed, either the old or the new file exists.
func Files(ctx context.Context, layers []artifact.Layer, options Options, open func(context.Context, artifact.Layer) (io.ReadCloser, error)) (files []File, err error) {
	if err := checkSize(layers, cmp.Or(options.MaxSize, DefaultMaxSize)); err != nil {
		return nil, err
	}
	if !options.AllowHidden {
		if err := checkHidden(layers); err != nil {
			return nil, err
		}
	}
	undo, err := folder.Make(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("creating the target directory: %w", err)
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	root, err := os.OpenRoot(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the target directory: %w", err)
	}
	defer root.Close()
	staging, err := newStaging(root)
	if err != nil {
		return nil, fmt.Errorf("writing into %s: %w", options.Dir, err)
	}
	defer staging.remove()
	u := unpacking{root: root, options: options, staging: staging.name}

	group, gctx := errgroup.WithContext(ctx)
	for i, layer := range layers {
		group.Go(func() error {
			content, err := open(gctx, layer)
			if err != nil {
				return fmt.Errorf("reading file %q: %w", layer.File.Name, err)
			}
			defer content.Close()
			if err := u.stage(i, layer.File, content); err != nil {
				return fmt.Errorf("writing file %q: %w", layer.File.Name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return u.place(layers)
}

// An unpacking writes files in two steps: all of them into a staging folder
// inside the target directory, then each to its place.
type unpacking struct {
	root    *os.Root
	options Options
	staging string
	undo    []func()
}

// staged is the i-th file's name until it gets its own.
func (u *unpacking) staged(i int) string { return path.Join(u.staging, fmt.Sprint(i)) }

// stage writes the i-th file's content, which its reader verifies.
func (u *unpacking) stage(i int, file compose.File, content io.Reader) error {
	mode := fs.FileMode(0o644)
	if file.Executable {
		mode = 0o755
	}
	f, err := u.root.OpenFile(u.staged(i), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
