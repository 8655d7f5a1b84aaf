package registrytest

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"math/rand/v2"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layer is a tar archive with one random file, generated each time it is read, so that a large layer needs no memory.
// It is in gzip format without compression, so that compression takes no time.
type layer struct {
	source    string
	size      int64
	mediaType types.MediaType
	measure   func() (measured, error)
}

type measured struct {
	digest, diffID v1.Hash
	size           int64
}

func newLayer(source string, size int64, mediaType types.MediaType) *layer {
	l := &layer{source: source, size: size, mediaType: mediaType}
	l.measure = sync.OnceValues(l.measureAll)
	return l
}

// writeTar writes the archive.
func (l *layer) writeTar(w io.Writer) error {
	archive := tar.NewWriter(w)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: "content", Mode: 0o644, Size: l.size, Format: tar.FormatUSTAR}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	random := rand.NewChaCha8(sha256.Sum256([]byte(l.source)))
	if _, err := io.CopyN(archive, random, l.size); err != nil {
		return err
	}
	return archive.Close()
}

// writeGzip writes the archive with gzip to w, and without gzip to plain.
func (l *layer) writeGzip(w, plain io.Writer) error {
	packed, err := gzip.NewWriterLevel(w, gzip.NoCompression)
	if err != nil {
		return err
	}
	if err := l.writeTar(io.MultiWriter(packed, plain)); err != nil {
		return err
	}
	return packed.Close()
}

func (l *layer) measureAll() (measured, error) {
	blob, plain := &counter{hash: sha256.New()}, &counter{hash: sha256.New()}
	if err := l.writeGzip(blob, plain); err != nil {
		return measured{}, err
	}
	return measured{digest: blob.digest(), diffID: plain.digest(), size: blob.size}, nil
}

type counter struct {
	hash hash.Hash
	size int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.hash.Write(p)
}

func (c *counter) digest() v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(c.hash.Sum(nil))}
}

func (l *layer) Digest() (v1.Hash, error) {
	m, err := l.measure()
	return m.digest, err
}

func (l *layer) DiffID() (v1.Hash, error) {
	m, err := l.measure()
	return m.diffID, err
}

func (l *layer) Size() (int64, error) {
	m, err := l.measure()
	return m.size, err
}

func (l *layer) MediaType() (types.MediaType, error) { return l.mediaType, nil }

func (l *layer) Compressed() (io.ReadCloser, error) {
	return pipe(func(w io.Writer) error { return l.writeGzip(w, io.Discard) }), nil
}

func (l *layer) Uncompressed() (io.ReadCloser, error) { return pipe(l.writeTar), nil }

func pipe(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(write(w)) }()
	return r
}
