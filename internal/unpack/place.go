package unpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/ocompose/ocompose/artifact"
)

// place renames every staged file to its name, or undoes the renames on failure.
func (u *unpacking) place(layers []artifact.Layer) ([]File, error) {
	if err := u.checkAll(layers); err != nil {
		return nil, err
	}
	var files []File
	for i, layer := range layers {
		if err := u.placeOne(i, layer.File.Name); err != nil {
			for _, undo := range slices.Backward(u.undo) {
				undo()
			}
			return nil, fmt.Errorf("writing file %q: %w", layer.File.Name, err)
		}
		files = append(files, File{
			Name: layer.File.Name,
			Kind: layer.File.Kind,
			Size: layer.Descriptor.Size,
		})
	}
	return files, nil
}

// checkAll finds all conflicts before any file is placed.
func (u *unpacking) checkAll(layers []artifact.Layer) error {
	var problems []error
	for i, layer := range layers {
		if err := u.check(i, layer.File.Name); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// check finds the conflicts of one file.
func (u *unpacking) check(i int, name string) error {
	if err := u.checkFolders(path.Dir(name)); err != nil {
		return err
	}
	local := filepath.FromSlash(name)
	info, err := u.root.Lstat(local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &InTheWayError{Path: u.path(name), Folder: true}
	case u.options.Force:
		return nil
	}
	if same, err := u.same(i, name); err != nil || !same {
		return errors.Join(err, &ExistsError{Path: u.path(name)})
	}
	return nil
}

// checkFolders finds the conflicts of a folder.
func (u *unpacking) checkFolders(dir string) error {
	for ; dir != "."; dir = path.Dir(dir) {
		info, err := u.root.Stat(filepath.FromSlash(dir))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// It may be a broken symlink.
			if _, err := u.root.Lstat(filepath.FromSlash(dir)); err == nil {
				return &InTheWayError{Path: u.path(dir)}
			}
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return &InTheWayError{Path: u.path(dir)}
		}
		// An error is that of a folder further up, or shows when the file is placed.
	}
	return nil
}

// path returns a name as the user sees it.
func (u *unpacking) path(name string) string {
	return filepath.Join(u.options.Dir, filepath.FromSlash(name))
}

// same reports whether a regular file exists with the staged content.
func (u *unpacking) same(i int, name string) (bool, error) {
	local := filepath.FromSlash(name)
	if info, err := u.root.Stat(local); err != nil || !info.Mode().IsRegular() {
		return false, nil // opening something else could wait forever
	}
	there, err := u.root.Open(local)
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

// placeOne renames the i-th staged file to its name, atomically if another file has it.
func (u *unpacking) placeOne(i int, name string) error {
	if same, err := u.same(i, name); err == nil && same {
		return nil
	}
	local := filepath.FromSlash(name)
	if err := u.makeFolders(path.Dir(name)); err != nil {
		return err
	}
	kept := path.Join(u.staging, fmt.Sprintf("kept-%d", i))
	switch err := u.keep(local, kept); {
	case err == nil:
		u.undo = append(u.undo, func() { _ = u.root.Rename(kept, local) })
	case errors.Is(err, fs.ErrNotExist):
		u.undo = append(u.undo, func() { _ = u.root.Remove(local) })
	default:
		return err
	}
	return u.root.Rename(u.staged(i), local)
}

// keep gives the file that is about to be replaced a second name, to restore it.
func (u *unpacking) keep(local, kept string) error {
	err := u.root.Link(local, kept)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// Not every file system has hard links.
	info, err := u.root.Lstat(local)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("it is not a regular file")
	}
	from, err := u.root.Open(local)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := u.root.OpenFile(kept, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// makeFolders creates the missing folders of a path.
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
