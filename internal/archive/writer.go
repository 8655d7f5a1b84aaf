package archive

import (
	"archive/tar"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layoutContent is the content of the oci-layout file.
const layoutContent = `{"imageLayoutVersion":"1.0.0"}`

// A Writer writes an archive. The archive depends only on its content: there are
// no times and owners in it.
type Writer struct{ tar *tar.Writer }

// A WriteError reports that an archive can't be written, such as to a full disk. Other errors of
// [Writer.WriteBlob] are those of the content.
type WriteError struct{ Err error }

func (e *WriteError) Error() string { return fmt.Sprintf("writing the archive: %v", e.Err) }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// A target marks the errors of a writer.
type target struct{ io.Writer }

func (t target) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	if err != nil {
		err = &WriteError{err}
	}
	return n, err
}

// NewWriter begins an archive with the index.json of a layout.
func NewWriter(w io.Writer, index []byte) (*Writer, error) {
	a := &Writer{tar.NewWriter(target{w})}
	for _, file := range []struct {
		name    string
		content []byte
	}{{layoutName, []byte(layoutContent)}, {indexName, index}} {
		if err := a.header(file.name, int64(len(file.content))); err != nil {
			return nil, err
		}
		if _, err := a.tar.Write(file.content); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// WriteBlob writes a blob, of exactly the size in its descriptor.
func (a *Writer) WriteBlob(d v1.Descriptor, content io.Reader) error {
	if err := a.header(blobName(d.Digest), d.Size); err != nil {
		return err
	}
	n, err := io.Copy(a.tar, content)
	if err != nil {
		return err
	}
	if n != d.Size {
		return fmt.Errorf("it has %d bytes, not %d", n, d.Size)
	}
	return nil
}

func (a *Writer) header(name string, size int64) error {
	return a.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0)})
}

// Close writes the end of the archive.
func (a *Writer) Close() error { return a.tar.Close() }
