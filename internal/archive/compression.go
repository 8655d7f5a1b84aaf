package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// A Compression is how an archive is compressed.
type Compression int

// The compressions.
const (
	None Compression = iota
	Gzip
	Zstandard
)

// An extension is the extension of the names of archives with a compression.
type extension struct {
	text string
	how  Compression
}

func extensions() []extension {
	return []extension{
		{".tar.gz", Gzip}, {".tgz", Gzip},
		{".tar.zst", Zstandard}, {".tzst", Zstandard}, {".tar.zstd", Zstandard},
		{".tar", None},
	}
}

// CompressionOf returns the compression for a file's name.
func CompressionOf(name string) Compression {
	for _, e := range extensions() {
		if strings.HasSuffix(name, e.text) {
			return e.how
		}
	}
	return None
}

// TrimExtension returns a file's name without the extension of an archive, in lower or upper case.
func TrimExtension(name string) string {
	for _, e := range extensions() {
		if start := len(name) - len(e.text); start > 0 && strings.EqualFold(name[start:], e.text) {
			return name[:start]
		}
	}
	return name
}

// Compress returns a writer that compresses into w until it is closed. The same content gives
// the same bytes.
func Compress(w io.Writer, how Compression) (io.WriteCloser, error) {
	switch how {
	case Gzip:
		return gzip.NewWriter(w), nil
	case Zstandard:
		// Most of it is compressed already.
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
	}
	return nopWriteCloser{w}, nil
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

// windowLimit is the memory limit of decompression, in bytes. Encoders use 8 MiB or
// less by default.
const windowLimit = 32 << 20

// errEmpty reports that a file has no content.
var errEmpty = errors.New("it is empty")

// decompress returns the decompressed content of a file; the compression is detected from its first bytes.
func decompress(r io.Reader) (content io.Reader, how Compression, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, err := buffered.Peek(4)
	switch {
	case len(start) > 0:
	case errors.Is(err, io.EOF):
		return nil, None, errEmpty
	default:
		return nil, None, err
	}
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		content, err := gzip.NewReader(buffered)
		return content, Gzip, err
	case bytes.Equal(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		content, err := zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(windowLimit), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, Zstandard, err
		}
		return content.IOReadCloser(), Zstandard, nil
	}
	return buffered, None, nil
}
