package registry

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// abandonedAfter is how long an upload may be idle before the start of another upload removes it.
const abandonedAfter = time.Hour

// uploads are the sessions in progress, by id.
type uploads struct {
	mu       sync.Mutex
	sessions map[string]*upload
}

// upload is a session: a draft that belongs to a repository.
type upload struct {
	id, name string

	mu     sync.Mutex // one request at a time
	draft  storage.Draft
	size   int64
	sum    hash.Hash // sha256 of the draft; nil once bytes were removed again
	closed bool

	touched time.Time // guarded by uploads.mu
}

func newUploads() *uploads { return &uploads{sessions: make(map[string]*upload)} }

func (u *uploads) start(name string, d storage.Draft) *upload {
	session := &upload{id: newID(), name: name, draft: d, sum: sha256.New(), touched: time.Now()}
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, other := range u.sessions {
		if time.Since(other.touched) > abandonedAfter && other.mu.TryLock() {
			other.end()
			other.mu.Unlock()
			delete(u.sessions, id)
		}
	}
	u.sessions[session.id] = session
	return session
}

// acquire returns a session for exclusive use by the caller, who must release it.
func (u *uploads) acquire(name, id string) (*upload, error) {
	u.mu.Lock()
	session, ok := u.sessions[id]
	if ok {
		session.touched = time.Now()
	}
	u.mu.Unlock()
	unknown := failure(http.StatusNotFound, codeBlobUploadUnknown, "%s has no such upload", name)
	if !ok || session.name != name {
		return nil, unknown
	}
	session.mu.Lock()
	if session.closed {
		session.mu.Unlock()
		return nil, unknown
	}
	return session, nil
}

func (s *upload) release() { s.mu.Unlock() }

// of returns the ids of a repository's sessions.
func (u *uploads) of(name string) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var ids []string
	for id, session := range u.sessions {
		if session.name == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// drop ends a session that the caller holds.
func (u *uploads) drop(s *upload) {
	s.end()
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.sessions, s.id)
}

func (s *upload) end() {
	if !s.closed {
		s.draft.Discard()
		s.closed = true
	}
}

func (u *uploads) discardAll() {
	u.mu.Lock()
	sessions := u.sessions
	u.sessions = make(map[string]*upload)
	u.mu.Unlock()
	for _, session := range sessions {
		session.mu.Lock()
		session.end()
		session.mu.Unlock()
	}
}

// newID returns a random UUID, as the specification requires for a session's id.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

func (s *upload) wrote(p []byte) {
	s.size += int64(len(p))
	if s.sum != nil {
		s.sum.Write(p)
	}
}

// receive appends r to the draft. Bytes that arrived before an error are kept.
func (s *upload) receive(r io.Reader) error {
	from := &tee{from: r, to: s.wrote}
	_, err := s.draft.ReadFrom(from)
	if err != nil && from.failed {
		return failure(http.StatusBadRequest, codeBlobUploadInvalid, "the content is incomplete: %v", err)
	}
	return err
}

// tee passes on what it reads.
type tee struct {
	from   io.Reader
	to     func([]byte)
	failed bool // the error is that of from
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.to(p[:n])
	t.failed = err != nil && err != io.EOF
	return n, err
}

// cut drops the bytes after size.
func (s *upload) cut(size int64) error {
	if size == s.size {
		return nil
	}
	s.size, s.sum = size, nil
	return s.draft.Truncate(size)
}

// verify checks that the draft has the digest.
func (s *upload) verify(digest v1.Hash) error {
	sum := s.sum
	if sum == nil || digest.Algorithm != "sha256" {
		var err error
		if sum, err = v1.Hasher(digest.Algorithm); err != nil {
			return err
		}
		if err := s.draft.CopyTo(sum); err != nil {
			return err
		}
	}
	if got := hexSum(sum); got != digest.Hex {
		return failure(http.StatusBadRequest, codeDigestInvalid, "the content is %s:%s, not %s", digest.Algorithm, got, digest)
	}
	return nil
}

func hexSum(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }
