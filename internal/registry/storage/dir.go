package storage

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Dir is a Store below a folder. The package documentation shows the layout.
type Dir struct {
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

// OpenDir opens a folder, which is created if it is missing, and deletes its drafts. It fails if another process is using
// the folder.
func OpenDir(root string) (*Dir, error) {
	d := &Dir{root: root}
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
		return nil, errors.Join(err, d.Close())
	}
	for _, folder := range []string{d.uploads(), d.repositories(), filepath.Join(root, "blobs")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	return d, nil
}

// Strays returns the files and folders below the records that this package did not create, once Load has found them.
func (d *Dir) Strays() []string { return d.strays }

// Close releases the folder.
func (d *Dir) Close() error {
	if err := d.lock.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

func (d *Dir) uploads() string      { return filepath.Join(d.root, "uploads") }
func (d *Dir) repositories() string { return filepath.Join(d.root, "repositories") }

func (d *Dir) content(digest v1.Hash) string {
	return filepath.Join(d.root, "blobs", digest.Algorithm, digest.Hex)
}

func (d *Dir) link(name, kind string, parts ...string) string {
	return filepath.Join(append([]string{d.repositories(), repositoryFolder(name), kind}, parts...)...)
}

// Create implements Store.
func (d *Dir) Create(int64) (Draft, error) {
	file, err := os.CreateTemp(d.uploads(), "")
	if err != nil {
		return nil, err
	}
	return &fileDraft{File: file, store: d}, nil
}

// Open implements Store.
func (d *Dir) Open(digest v1.Hash) (Content, error) {
	file, err := os.Open(d.content(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
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

func (c fileContent) Size() int64 { return c.length }

// WriteRange uses io.CopyN, so that the kernel can send the file without a copy if w supports that.
func (c fileContent) WriteRange(w io.Writer, start, length int64) error {
	if _, err := c.Seek(start, io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(w, c.File, length)
	return err
}

// Remove implements Store.
func (d *Dir) Remove(digest v1.Hash) error { return removeFile(d.content(digest)) }

// write creates a small file atomically.
func (d *Dir) write(path, text string) error {
	file, err := os.CreateTemp(d.uploads(), "")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return d.moveInto(file, path, err)
}

// moveInto closes the file and moves it to its path, or removes it after an error.
func (d *Dir) moveInto(file *os.File, path string, err error) error {
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

// LinkBlob implements Store.
func (d *Dir) LinkBlob(name string, digest v1.Hash) error {
	return d.write(d.link(name, blobLinks, digest.Algorithm, digest.Hex), "")
}

// UnlinkBlob implements Store.
func (d *Dir) UnlinkBlob(name string, digest v1.Hash) error {
	return removeFile(d.link(name, blobLinks, digest.Algorithm, digest.Hex))
}

// LinkManifest implements Store.
func (d *Dir) LinkManifest(name string, digest v1.Hash, mediaType types.MediaType) error {
	return d.write(d.link(name, manifestLinks, digest.Algorithm, digest.Hex), string(mediaType))
}

// UnlinkManifest implements Store.
func (d *Dir) UnlinkManifest(name string, digest v1.Hash) error {
	return removeFile(d.link(name, manifestLinks, digest.Algorithm, digest.Hex))
}

// LinkTag implements Store.
func (d *Dir) LinkTag(name, tag string, digest v1.Hash) error {
	return d.write(d.link(name, tagLinks, tagFile(tag)), digest.String())
}

// UnlinkTag implements Store.
func (d *Dir) UnlinkTag(name, tag string) error {
	return removeFile(d.link(name, tagLinks, tagFile(tag)))
}

// fileDraft is a draft in the uploads folder.
type fileDraft struct {
	*os.File
	store *Dir
}

func (f *fileDraft) Truncate(size int64) error {
	if err := f.File.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

func (f *fileDraft) CopyTo(w io.Writer) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, f.File) // leaves the offset where the next byte is written
	return err
}

func (f *fileDraft) Commit(digest v1.Hash) error {
	path := f.store.content(digest)
	if _, err := os.Stat(path); err == nil {
		f.Discard()
		return nil
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	return f.store.moveInto(f.File, path, nil)
}

func (f *fileDraft) Discard() {
	_ = f.Close()
	_ = removeFile(f.Name())
}
