package registry

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// load fills the catalog with what the folder holds.
func (d *dir) load(c *catalog) error {
	return filepath.WalkDir(d.repositories(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), "_") {
			return nil
		}
		relative, err := filepath.Rel(d.repositories(), filepath.Dir(path))
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if err := checkName(name); err != nil {
			return err
		}
		switch entry.Name() {
		case blobLinks:
			err = d.loadBlobs(c, name, path)
		case manifestLinks:
			err = d.loadManifests(c, name, path)
		case tagLinks:
			err = d.loadTags(c, name, path)
		default:
			err = fmt.Errorf("%s is no part of a repository", path)
		}
		if err != nil {
			return err
		}
		return fs.SkipDir
	})
}

// links calls do with each digest that has a file below the folder.
func links(folder string, do func(path string, digest v1.Hash) error) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		digest, err := v1.NewHash(filepath.Base(filepath.Dir(path)) + ":" + entry.Name())
		if err != nil {
			return fmt.Errorf("%s is not named like a digest: %w", path, err)
		}
		return do(path, digest)
	})
}

func (d *dir) loadBlobs(c *catalog, name, folder string) error {
	repo := c.at(name)
	return links(folder, func(_ string, digest v1.Hash) error {
		info, err := os.Stat(d.content(digest))
		if err != nil {
			return err
		}
		repo.blobs[digest] = info.Size()
		c.uses[digest]++
		return nil
	})
}

func (d *dir) loadManifests(c *catalog, name, folder string) error {
	return links(folder, func(path string, digest v1.Hash) error {
		mediaType, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(d.content(digest))
		if err != nil {
			return err
		}
		return c.load(name, types.MediaType(mediaType), digest, raw)
	})
}

func (d *dir) loadTags(c *catalog, name, folder string) error {
	repo := c.at(name)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		digest, err := v1.NewHash(string(text))
		if err != nil {
			return fmt.Errorf("the tag %s:%s: %w", name, entry.Name(), err)
		}
		repo.tags[entry.Name()] = digest
	}
	return nil
}
