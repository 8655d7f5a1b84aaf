package storage

import (
	"errors"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Memory is a Store in memory. It has no records, because the registry has them.
type Memory struct {
	mu       sync.RWMutex
	contents map[v1.Hash]*segments
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{contents: make(map[v1.Hash]*segments)} }

// Create implements Store.
func (m *Memory) Create(sizeHint int64) (Draft, error) {
	return &memoryDraft{store: m, bytes: newSegments(sizeHint)}, nil
}

// Open implements Store.
func (m *Memory) Open(digest v1.Hash) (Content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, ok := m.contents[digest]
	if !ok {
		return nil, ErrNotFound
	}
	return found, nil
}

// Remove implements Store.
func (m *Memory) Remove(digest v1.Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.contents, digest)
	return nil
}

// LinkBlob does nothing: the registry has the records.
func (*Memory) LinkBlob(string, v1.Hash) error { return nil }

// UnlinkBlob does nothing: the registry has the records.
func (*Memory) UnlinkBlob(string, v1.Hash) error { return nil }

// LinkManifest does nothing: the registry has the records.
func (*Memory) LinkManifest(string, v1.Hash, types.MediaType) error { return nil }

// UnlinkManifest does nothing: the registry has the records.
func (*Memory) UnlinkManifest(string, v1.Hash) error { return nil }

// LinkTag does nothing: the registry has the records.
func (*Memory) LinkTag(string, string, v1.Hash) error { return nil }

// UnlinkTag does nothing: the registry has the records.
func (*Memory) UnlinkTag(string, string) error { return nil }

// Close frees the memory, even if the registry is still referenced.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.contents)
	return nil
}

type memoryDraft struct {
	store *Memory
	bytes *segments
}

func (d *memoryDraft) Write(p []byte) (int, error) { return d.bytes.Write(p) }

// ReadFrom reads r to its end directly into the final memory, without another buffer.
func (d *memoryDraft) ReadFrom(r io.Reader) (int64, error) { return d.bytes.ReadFrom(r) }

func (d *memoryDraft) Truncate(size int64) error {
	d.bytes.truncate(size)
	return nil
}

func (d *memoryDraft) CopyTo(w io.Writer) error { return d.bytes.WriteRange(w, 0, d.bytes.total) }

func (d *memoryDraft) Commit(digest v1.Hash) error {
	d.store.mu.Lock()
	defer d.store.mu.Unlock()
	if _, ok := d.store.contents[digest]; !ok {
		d.store.contents[digest] = d.bytes
	}
	return nil
}

func (d *memoryDraft) Discard() { d.bytes = newSegments(0) }

const (
	smallestSegment = 4 << 10
	largestSegment  = 4 << 20
)

// segments is a byte sequence in pieces: it grows without copying, and wastes at most one piece. It is written by one
// goroutine, and then read by many.
type segments struct {
	pieces [][]byte
	total  int64
	hint   int64
}

func newSegments(sizeHint int64) *segments { return &segments{hint: max(sizeHint, 0)} }

// room returns free memory at the end, which grow then adds to the sequence.
func (s *segments) room() []byte {
	if n := len(s.pieces); n > 0 {
		if last := s.pieces[n-1]; len(last) < cap(last) {
			return last[len(last):cap(last)]
		}
	}
	// A hint comes from the client, so it is trusted one piece at a time.
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
		// At the expected end, one byte is enough to detect the end.
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

// WriteRange writes the bytes of a range piece by piece, without another buffer.
func (s *segments) WriteRange(w io.Writer, start, length int64) error {
	for _, piece := range s.pieces {
		if start >= int64(len(piece)) {
			start -= int64(len(piece))
			continue
		}
		piece = piece[start:]
		start = 0
		if int64(len(piece)) > length {
			piece = piece[:length]
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		length -= int64(len(piece))
		if length == 0 {
			break
		}
	}
	return nil
}

func (s *segments) Size() int64 { return s.total }

// Close does nothing: memory needs no closing.
func (s *segments) Close() error { return nil }
