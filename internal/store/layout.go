package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/ocompose/ocompose/internal/limits"
)

// A Layout is an OCI image layout: a folder.
type Layout struct {
	contents
	dir string

	mu sync.Mutex // guards this process's changes of index.json
}

// LayoutPrefix is the prefix of references to image layouts.
const LayoutPrefix = "oci-layout:"

// OpenLayout opens the image layout in a folder.
func OpenLayout(dir string) (*Layout, error) {
	_, err := layout.FromPath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{What: fmt.Sprintf("no image layout in %s", dir), Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the image layout in %s: %w", dir, err)
	}
	return newLayout(dir), nil
}

// CreateLayout opens the image layout in a folder, or creates one if the folder is empty
// or missing.
func CreateLayout(dir string) (*Layout, error) {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return OpenLayout(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := layout.Write(dir, empty.Index); err != nil {
		return nil, fmt.Errorf("creating an image layout in %s: %w", dir, err)
	}
	return newLayout(dir), nil
}

func newLayout(dir string) *Layout {
	l := &Layout{dir: dir}
	l.contents = contents{
		name: LayoutPrefix + dir, where: "the image layout in " + dir,
		index: l.readIndex, size: l.statBlob, open: l.openBlob,
	}
	return l
}

// readIndex reads index.json.
func (l *Layout) readIndex() ([]byte, error) {
	path := filepath.Join(l.dir, "index.json")
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // reading a FIFO never ends
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return limits.ReadFile(path)
}

func (l *Layout) statBlob(digest v1.Hash) (int64, error) {
	info, err := os.Stat(l.blobPath(digest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, l.missing(digest)
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s@%s is not a regular file", l.name, digest)
	}
	return info.Size(), nil
}

func (l *Layout) openBlob(digest v1.Hash) (io.ReadCloser, error) {
	if _, err := l.statBlob(digest); err != nil { // reading a FIFO never ends
		return nil, err
	}
	return os.Open(l.blobPath(digest))
}

func (l *Layout) blobPath(digest v1.Hash) string {
	return filepath.Join(l.dir, "blobs", digest.Algorithm, digest.Hex)
}
