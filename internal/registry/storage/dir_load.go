package storage

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Recorder receives the records of a folder.
type Recorder interface {
	// Repository is called before the records of a repository.
	Repository(name string)
	Blob(name string, digest v1.Hash, size int64)
	Manifest(name string, digest v1.Hash, mediaType types.MediaType, raw []byte) error
	Tag(name, tag string, digest v1.Hash)
}

// Load reads the records of all repositories. Files that this package did not create, such as those of a file
// manager, are ignored.
func (d *Dir) Load(to Recorder) error {
	return filepath.WalkDir(d.repositories(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() || path == d.repositories() {
			return nil
		}
		part := strings.HasPrefix(entry.Name(), "_")
		folder := path
		if part {
			folder = filepath.Dir(path)
		}
		relative, err := filepath.Rel(d.repositories(), folder)
		if err != nil {
			return err
		}
		name, ok := folderRepository(relative)
		if !ok {
			return d.stray(path)
		}
		if !part {
			return nil
		}
		switch entry.Name() {
		case blobLinks:
			err = d.loadBlobs(to, name, path)
		case manifestLinks:
			err = d.loadManifests(to, name, path)
		case tagLinks:
			err = d.loadTags(to, name, path)
		default:
			return d.stray(path)
		}
		if err != nil {
			return err
		}
		return fs.SkipDir
	})
}

// stray records a file or folder that is ignored.
func (d *Dir) stray(path string) error {
	d.strays = append(d.strays, path)
	return fs.SkipDir
}

// links calls do for each digest that has a file below the folder.
func (d *Dir) links(folder string, do func(path string, digest v1.Hash) error) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		digest, err := v1.NewHash(filepath.Base(filepath.Dir(path)) + ":" + entry.Name())
		if err != nil {
			d.strays = append(d.strays, path)
			return nil
		}
		return do(path, digest)
	})
}

func (d *Dir) loadBlobs(to Recorder, name, folder string) error {
	to.Repository(name)
	return d.links(folder, func(_ string, digest v1.Hash) error {
		info, err := os.Stat(d.content(digest))
		if err != nil {
			return err
		}
		to.Blob(name, digest, info.Size())
		return nil
	})
}

func (d *Dir) loadManifests(to Recorder, name, folder string) error {
	return d.links(folder, func(path string, digest v1.Hash) error {
		mediaType, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(d.content(digest))
		if err != nil {
			return err
		}
		return to.Manifest(name, digest, types.MediaType(mediaType), raw)
	})
}

func (d *Dir) loadTags(to Recorder, name, folder string) error {
	to.Repository(name)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		tag, ok := fileTag(entry.Name())
		if entry.IsDir() || !ok {
			d.strays = append(d.strays, filepath.Join(folder, entry.Name()))
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		digest, err := v1.NewHash(string(text))
		if err != nil {
			return fmt.Errorf("the tag %s:%s: %w", name, tag, err)
		}
		to.Tag(name, tag, digest)
	}
	return nil
}
