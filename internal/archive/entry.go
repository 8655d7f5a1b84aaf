package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The files of a layout besides the blobs.
const (
	layoutName = "oci-layout"
	indexName  = "index.json"
)

// Limits of an archive, far above what applications have.
const (
	maxEntries   = 100_000
	maxIndexSize = 4 << 20 // bytes, of index.json and oci-layout
)

// An entry is a file in an archive.
type entry struct {
	// name is the file's, without a leading "./".
	name string
	// digest is the digest of a blob, and zero for any other file.
	digest v1.Hash
	size   int64
}

// entries iterates over the files of an archive.
type entries struct {
	tar  *tar.Reader
	seen map[string]bool
}

func newEntries(r io.Reader) *entries {
	return &entries{tar: tar.NewReader(r), seen: map[string]bool{}}
}

// Read reads the content of the entry that next returned.
func (e *entries) Read(p []byte) (int, error) { return e.tar.Read(p) }

// next returns the next file; io.EOF at the end. Folders are skipped.
func (e *entries) next() (entry, error) {
	for {
		header, err := e.tar.Next()
		if errors.Is(err, io.EOF) {
			return entry{}, io.EOF
		}
		if err != nil {
			return entry{}, fmt.Errorf("it is not a tar file, or is truncated: %w", err)
		}
		if len(e.seen) >= maxEntries {
			return entry{}, fmt.Errorf("it has more than %d files", maxEntries)
		}
		name := path.Clean(header.Name)
		if err := checkEntry(header, name); err != nil {
			return entry{}, err
		}
		switch {
		case header.Typeflag == tar.TypeDir || header.Typeflag == tar.TypeXGlobalHeader:
			continue
		case e.seen[name]:
			return entry{}, fmt.Errorf("it has %q twice", name)
		}
		e.seen[name] = true
		if (name == indexName || name == layoutName) && header.Size > maxIndexSize {
			return entry{}, fmt.Errorf("its %s has %d bytes, more than it may have", name, header.Size)
		}
		return entry{name: name, digest: blobDigest(name), size: header.Size}, nil
	}
}

// checkEntry rejects entries that are invalid in an image layout.
func checkEntry(header *tar.Header, name string) error {
	if name == ".." || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") || strings.Contains(name, `\`) {
		return fmt.Errorf("its file %q is outside the folder", header.Name)
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeXGlobalHeader:
	case tar.TypeSymlink, tar.TypeLink:
		return fmt.Errorf("its %q is a link", header.Name)
	default:
		return fmt.Errorf("its %q is not a regular file", header.Name)
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return fmt.Errorf("its %q is a sparse file", header.Name)
		}
	}
	return nil
}

// blobDigest returns the digest of a blob from its file name, or zero.
func blobDigest(name string) v1.Hash {
	rest, ok := strings.CutPrefix(name, "blobs/")
	if !ok {
		return v1.Hash{}
	}
	algorithm, hex, _ := strings.Cut(rest, "/")
	digest, err := v1.NewHash(algorithm + ":" + hex)
	if err != nil {
		return v1.Hash{}
	}
	return digest
}

// blobName returns the file name of a blob.
func blobName(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
