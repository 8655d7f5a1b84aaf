package registry

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// dir is the store of a registry with a folder. The package documentation shows the layout.
type dir struct {
	root string
	lock io.Closer
	// strays are files and folders that this package did not create.
	strays []string
}

const (
	blobLinks     = "_blobs"
	manifestLinks = "_manifests"
	tagLinks      = "_tags"
)

func openDir(root string) (*dir, error) {
	d := &dir{root: root}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(root, "lock"))
	if err != nil {
		return nil, err
	}
	d.lock = lock
	// These uploads were in progress when the last process ended.
	if err := os.RemoveAll(d.uploads()); err != nil {
		return nil, errors.Join(err, d.close())
	}
	for _, folder := range []string{d.uploads(), d.repositories(), filepath.Join(root, "blobs")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	return d, nil
}

func (d *dir) close() error {
	if err := d.lock.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

func (d *dir) uploads() string      { return filepath.Join(d.root, "uploads") }
func (d *dir) repositories() string { return filepath.Join(d.root, "repositories") }

func (d *dir) content(digest v1.Hash) string {
	return filepath.Join(d.root, "blobs", digest.Algorithm, digest.Hex)
}

func (d *dir) link(name, kind string, parts ...string) string {
	return filepath.Join(append([]string{d.repositories(), repositoryFolder(name), kind}, parts...)...)
}

func (d *dir) create(int64) (draft, error) {
	file, err := os.CreateTemp(d.uploads(), "")
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: file, store: d}, nil
}

func (d *dir) open(digest v1.Hash) (content, error) {
	file, err := os.Open(d.content(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoContent
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return fileContent{file, info.Size()}, nil
}

type fileContent struct {
	*os.File
	length int64
}

func (c fileContent) size() int64 { return c.length }

// writeRange uses io.CopyN, so that the kernel can send the file without a copy if w supports that.
func (c fileContent) writeRange(w io.Writer, start, length int64) error {
	if _, err := c.Seek(start, io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(w, c.File, length)
	return err
}

func (d *dir) remove(digest v1.Hash) error { return removeFile(d.content(digest)) }

// write creates a small file atomically.
func (d *dir) write(path, text string) error {
	file, err := os.CreateTemp(d.uploads(), "")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return d.moveInto(file, path, err)
}

// moveInto closes the file and moves it to its path, or removes it after an error.
func (d *dir) moveInto(file *os.File, path string, err error) error {
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = makeDir(filepath.Dir(path), d.root)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, removeFile(file.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func (d *dir) linkBlob(name string, digest v1.Hash) error {
	return d.write(d.link(name, blobLinks, digest.Algorithm, digest.Hex), "")
}

func (d *dir) unlinkBlob(name string, digest v1.Hash) error {
	return removeFile(d.link(name, blobLinks, digest.Algorithm, digest.Hex))
}

func (d *dir) linkManifest(name string, digest v1.Hash, mediaType types.MediaType) error {
	return d.write(d.link(name, manifestLinks, digest.Algorithm, digest.Hex), string(mediaType))
}

func (d *dir) unlinkManifest(name string, digest v1.Hash) error {
	return removeFile(d.link(name, manifestLinks, digest.Algorithm, digest.Hex))
}

func (d *dir) linkTag(name, tag string, digest v1.Hash) error {
	return d.write(d.link(name, tagLinks, tagFile(tag)), digest.String())
}

func (d *dir) unlinkTag(name, tag string) error {
	return removeFile(d.link(name, tagLinks, tagFile(tag)))
}

// fileDraft is a draft in the uploads folder.
type fileDraft struct {
	*os.File
	store *dir
}

func (f *fileDraft) truncate(size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

func (f *fileDraft) copyTo(w io.Writer) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, f.File) // leaves the offset where the next byte is written
	return err
}

func (f *fileDraft) commit(digest v1.Hash) error {
	path := f.store.content(digest)
	if _, err := os.Stat(path); err == nil {
		f.discard()
		return nil
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	return f.store.moveInto(f.File, path, nil)
}

func (f *fileDraft) discard() {
	_ = f.Close()
	_ = removeFile(f.Name())
}
