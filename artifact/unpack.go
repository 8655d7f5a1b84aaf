package artifact

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// An ExistsError tells that a file is there already, with other content.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists and has other content", e.Path)
}

// UnpackOptions say how files are written.
type UnpackOptions struct {
	// Dir is the target directory; it is made where it is missing.
	Dir string
	// Force replaces files that are there with other content.
	Force bool
}

// An UnpackedFile is a file that was written.
type UnpackedFile struct {
	// Name is the path below the target directory, with slashes.
	Name string
	Kind compose.Kind
	Size int64
}

// Unpack writes all files of a composition below the target directory, whatever
// names the composition gives them, and returns them in the order of their
// layers. Contents are verified against digest and size before a file gets its
// name; where one fails, none stays. A file with the same content stays as it
// is; one with other content is an [ExistsError], unless Force is set.
func (r *Remote) Unpack(ctx context.Context, repo name.Repository, c StoredComposition, options UnpackOptions) ([]UnpackedFile, error) {
	layers, err := c.Layers()
	if err != nil {
		return nil, err
	}
	return unpack(ctx, layers, options, func(ctx context.Context, l Layer) (io.ReadCloser, error) {
		return r.client.GetBlob(ctx, repo, l.Descriptor)
	})
}

// unpack writes the layers' files, whose contents open returns and verifies.
func unpack(ctx context.Context, layers []Layer, options UnpackOptions, open func(context.Context, Layer) (io.ReadCloser, error)) (files []UnpackedFile, err error) {
	if _, err := os.Stat(options.Dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(options.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the target directory: %w", err)
		}
		defer func() {
			if err != nil {
				_ = os.Remove(options.Dir) // only where nothing is in it
			}
		}()
	}
	root, err := os.OpenRoot(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the target directory: %w", err)
	}
	defer root.Close()
	u := unpacking{root: root, options: options, staging: ".ocompose-" + rand.Text()}
	if err := root.Mkdir(u.staging, 0o700); err != nil {
		return nil, fmt.Errorf("making a staging folder in %s: %w", options.Dir, err)
	}
	defer func() { _ = root.RemoveAll(u.staging) }()

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
	options UnpackOptions
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

// place gives every staged file its name, or takes back those that it gave.
func (u *unpacking) place(layers []Layer) ([]UnpackedFile, error) {
	if err := u.checkAll(layers); err != nil {
		return nil, err
	}
	var files []UnpackedFile
	for i, layer := range layers {
		if err := u.placeOne(i, layer.File.Name); err != nil {
			for _, undo := range slices.Backward(u.undo) {
				undo()
			}
			return nil, fmt.Errorf("writing file %q: %w", layer.File.Name, err)
		}
		files = append(files, UnpackedFile{
			Name: layer.File.Name,
			Kind: layer.File.Kind,
			Size: layer.Descriptor.Size,
		})
	}
	return files, nil
}

// checkAll finds every file that stands in the way before any is placed.
func (u *unpacking) checkAll(layers []Layer) error {
	var problems []error
	for i, layer := range layers {
		if u.options.Force {
			break
		}
		same, err := u.same(i, layer.File.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems = append(problems, err)
		case !same:
			problems = append(problems, &ExistsError{Path: filepath.Join(u.options.Dir, filepath.FromSlash(layer.File.Name))})
		}
	}
	return errors.Join(problems...)
}

// same tells whether the file that is there has the staged content.
func (u *unpacking) same(i int, name string) (bool, error) {
	there, err := u.root.Open(filepath.FromSlash(name))
	if err != nil {
		return false, err
	}
	defer there.Close()
	staged, err := u.root.Open(u.staged(i))
	if err != nil {
		return false, err
	}
	defer staged.Close()
	return sameContent(there, staged)
}

// placeOne gives the i-th staged file its name.
func (u *unpacking) placeOne(i int, name string) error {
	if same, err := u.same(i, name); err == nil && same {
		return nil
	}
	local := filepath.FromSlash(name)
	if err := u.makeFolders(path.Dir(name)); err != nil {
		return err
	}
	replaced := path.Join(u.staging, fmt.Sprintf("replaced-%d", i))
	err := u.root.Rename(local, replaced)
	switch {
	case err == nil:
		u.undo = append(u.undo, func() { _ = u.root.Rename(replaced, local) })
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	u.undo = append(u.undo, func() { _ = u.root.Remove(local) })
	return u.root.Rename(u.staged(i), local)
}

// makeFolders makes the folders of a path that are missing.
func (u *unpacking) makeFolders(dir string) error {
	if dir == "." {
		return nil
	}
	if err := u.makeFolders(path.Dir(dir)); err != nil {
		return err
	}
	err := u.root.Mkdir(filepath.FromSlash(dir), 0o755)
	if err == nil {
		u.undo = append(u.undo, func() { _ = u.root.Remove(filepath.FromSlash(dir)) })
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// sameContent compares two readers to their ends.
func sameContent(a, b io.Reader) (bool, error) {
	var left, right [32 << 10]byte
	for {
		n, errA := io.ReadFull(a, left[:])
		m, errB := io.ReadFull(b, right[:])
		if !bytes.Equal(left[:n], right[:m]) {
			return false, nil
		}
		endA, endB := isEnd(errA), isEnd(errB)
		switch {
		case endA && endB:
			return true, nil
		case endA != endB:
			return false, nil
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		}
	}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
