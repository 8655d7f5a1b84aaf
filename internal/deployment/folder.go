package deployment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/unpack"
)

// A Folder is the folder that an application runs from.
type Folder struct {
	Dir string
	// Record describes its content; nil if it is empty.
	Record *Record
}

// Open reads the record of a folder, which need not exist.
func Open(dir string) (*Folder, error) {
	r, err := readRecord(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{Dir: dir, Record: r}, nil
}

// An OtherError reports that a folder contains another application.
type OtherError struct {
	// Dir is the folder, and Has the reference of its application.
	Dir, Has string
}

func (e *OtherError) Error() string {
	return fmt.Sprintf("%s contains another application: %s", e.Dir, e.Has)
}

// A ChangedError reports that a file of the composition was changed since it was written.
type ChangedError struct{ Path string }

func (e *ChangedError) Error() string {
	return e.Path + " was changed since ocompose wrote it"
}

// Changed returns the files of the composition that were changed or deleted, by name.
func (f *Folder) Changed() (changed, gone []string, err error) {
	if f.Record == nil {
		return nil, nil, nil
	}
	for _, file := range f.Record.Files {
		digest, err := digestOf(filepath.Join(f.Dir, filepath.FromSlash(file.Name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			gone = append(gone, file.Name)
		case err != nil:
			return nil, nil, err
		case digest != file.Digest:
			changed = append(changed, file.Name)
		}
	}
	return changed, gone, nil
}

func digestOf(path string) (v1.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return v1.Hash{}, err
	}
	defer f.Close()
	digest, _, err := v1.SHA256(f)
	return digest, err
}

// Replace replaces the composition in the folder by next, whose files write creates below it. A
// file of the composition that was changed since it was written is a [ChangedError], another one
// that would be replaced an [unpack.ExistsError], and another application an [OtherError], unless
// force is set. Other files stay.
func (f *Folder) Replace(ctx context.Context, next Record, force bool, write func(context.Context) error) error {
	before := f.Record
	if before != nil && before.Repository != next.Repository && !force {
		return &OtherError{f.Dir, before.Reference}
	}
	changed, gone, err := f.Changed()
	if err != nil {
		return err
	}
	if len(changed) > 0 && !force {
		return &ChangedError{filepath.Join(f.Dir, filepath.FromSlash(changed[0]))}
	}
	if before == nil || before.Digest != next.Digest || len(changed)+len(gone) > 0 {
		if !force {
			if err := f.checkOthers(next); err != nil {
				return err
			}
		}
		if err := write(ctx); err != nil {
			return err
		}
	}
	if err := next.write(f.Dir); err != nil {
		return fmt.Errorf("writing the record of %s: %w", f.Dir, err)
	}
	f.Record = &next
	if before == nil {
		return nil
	}
	return f.remove(before.Files, next.Files)
}

// checkOthers checks that files from other sources would not be replaced.
func (f *Folder) checkOthers(next Record) error {
	own := map[string]bool{}
	if f.Record != nil {
		for _, file := range f.Record.Files {
			own[file.Name] = true
		}
	}
	for _, file := range next.Files {
		if own[file.Name] {
			continue
		}
		path := filepath.Join(f.Dir, filepath.FromSlash(file.Name))
		digest, err := digestOf(path)
		if err == nil && digest != file.Digest {
			return &unpack.ExistsError{Path: path}
		}
	}
	return nil
}

// remove removes the files that the next composition does not have, and the folders that are
// empty then.
func (f *Folder) remove(before, next []File) error {
	stays := map[string]bool{}
	for _, file := range next {
		stays[file.Name] = true
	}
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range before {
		if stays[file.Name] {
			continue
		}
		if err := root.Remove(filepath.FromSlash(file.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing files that are no longer in the composition: %w", err)
		}
		for dir := path.Dir(file.Name); dir != "." && root.Remove(filepath.FromSlash(dir)) == nil; {
			dir = path.Dir(dir)
		}
	}
	return nil
}
