package registry

import (
	"bytes"
	"errors"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// memory is the store of a registry without a folder. What is in which repository is in the catalog already.
type memory struct {
	mu       sync.RWMutex
	contents map[v1.Hash]*segments
}

func newMemory() *memory { return &memory{contents: make(map[v1.Hash]*segments)} }

func (m *memory) create(sizeHint int64) (draft, error) {
	return &memoryDraft{store: m, bytes: newSegments(sizeHint)}, nil
}

func (m *memory) open(digest v1.Hash) (content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, ok := m.contents[digest]
	if !ok {
		return nil, errNoContent
	}
	return &segmentsReader{of: found}, nil
}

func (m *memory) remove(digest v1.Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.contents, digest)
	return nil
}

func (*memory) linkBlob(string, v1.Hash) error                      { return nil }
func (*memory) unlinkBlob(string, v1.Hash) error                    { return nil }
func (*memory) linkManifest(string, v1.Hash, types.MediaType) error { return nil }
func (*memory) unlinkManifest(string, v1.Hash) error                { return nil }
func (*memory) linkTag(string, string, v1.Hash) error               { return nil }
func (*memory) unlinkTag(string, string) error                      { return nil }
func (*memory) close() error                                        { return nil }

type memoryDraft struct {
	store *memory
	bytes *segments
}

func (d *memoryDraft) Write(p []byte) (int, error) { return d.bytes.Write(p) }

// ReadFrom reads r to its end straight into the memory that stays, without a buffer in between.
func (d *memoryDraft) ReadFrom(r io.Reader) (int64, error) { return d.bytes.ReadFrom(r) }

func (d *memoryDraft) truncate(size int64) error {
	d.bytes.truncate(size)
	return nil
}

func (d *memoryDraft) reader() (io.ReadCloser, error) { return &segmentsReader{of: d.bytes}, nil }

func (d *memoryDraft) commit(digest v1.Hash) error {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	if _, ok := d.store.contents[digest]; !ok {
		d.store.contents[digest] = d.bytes
	}
	return nil
}

func (d *memoryDraft) discard() { d.bytes = newSegments(0) }

const (
	smallestSegment = 4 << 10
	largestSegment  = 4 << 20
)

// segments is a byte sequence in pieces: it grows without copying what it has, and takes at most one piece more than
// it needs. It is written by one goroutine, and read by many after that.
type segments struct {
	pieces [][]byte
	total  int64
	hint   int64
}

func newSegments(sizeHint int64) *segments { return &segments{hint: max(sizeHint, 0)} }

// room returns free memory at the end, which grow then makes part of the sequence.
func (s *segments) room() []byte {
	if n := len(s.pieces); n > 0 {
		if last := s.pieces[n-1]; len(last) < cap(last) {
			return last[len(last):cap(last)]
		}
	}
	// A hint is what a client says, so it is believed one piece at a time.
	next := min(max(s.total, smallestSegment), largestSegment)
	if left := s.hint - s.total; left > 0 {
		next = min(left, largestSegment)
	}
	piece := make([]byte, 0, next)
	s.pieces = append(s.pieces, piece)
	return piece[:next]
}

func (s *segments) grow(n int) {
	last := &s.pieces[len(s.pieces)-1]
	*last = (*last)[:len(*last)+n]
	s.total += int64(n)
}

func (s *segments) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n := copy(s.room(), p[written:])
		s.grow(n)
		written += n
	}
	return written, nil
}

func (s *segments) ReadFrom(r io.Reader) (int64, error) {
	var read int64
	for {
		// At the expected end, one byte is enough to see that nothing follows.
		if s.total == s.hint && s.full() {
			var probe [1]byte
			n, err := r.Read(probe[:])
			_, _ = s.Write(probe[:n])
			read += int64(n)
			if err != nil {
				return read, noEOF(err)
			}
			continue
		}
		n, err := r.Read(s.room())
		s.grow(n)
		read += int64(n)
		if err != nil {
			return read, noEOF(err)
		}
	}
}

func (s *segments) full() bool {
	n := len(s.pieces)
	return n == 0 || len(s.pieces[n-1]) == cap(s.pieces[n-1])
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *segments) truncate(size int64) {
	for s.total > size {
		last := s.pieces[len(s.pieces)-1]
		cut := min(int64(len(last)), s.total-size)
		s.pieces[len(s.pieces)-1] = last[:int64(len(last))-cut]
		s.total -= cut
		if len(s.pieces[len(s.pieces)-1]) == 0 {
			s.pieces = s.pieces[:len(s.pieces)-1]
		}
	}
}

// segmentsReader reads segments from a place of its own.
type segmentsReader struct {
	of *segments
	at int64
}

func (r *segmentsReader) size() int64  { return r.of.total }
func (r *segmentsReader) Close() error { return nil }

func (r *segmentsReader) Read(p []byte) (int, error) {
	piece := r.piece()
	if piece == nil {
		return 0, io.EOF
	}
	n := copy(p, piece)
	r.at += int64(n)
	return n, nil
}

// piece returns the bytes from the reader's place to the end of their piece, nil at the end.
func (r *segmentsReader) piece() []byte {
	start := int64(0)
	for _, piece := range r.of.pieces {
		if end := start + int64(len(piece)); r.at < end {
			return piece[r.at-start:]
		}
		start += int64(len(piece))
	}
	return nil
}

// WriteTo writes the rest piece by piece, without a buffer in between.
func (r *segmentsReader) WriteTo(w io.Writer) (int64, error) {
	return r.writeN(w, r.of.total-r.at)
}

func (r *segmentsReader) writeN(w io.Writer, limit int64) (int64, error) {
	var written int64
	for written < limit {
		piece := r.piece()
		if piece == nil {
			break
		}
		if left := limit - written; int64(len(piece)) > left {
			piece = piece[:left]
		}
		n, err := io.Copy(w, bytes.NewReader(piece))
		r.at += n
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (r *segmentsReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.of.total
	}
	if offset < 0 {
		return r.at, errors.New("seeking before the start")
	}
	r.at = offset
	return offset, nil
}
