package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/store"
)

// facts caches the answers of stores, each requested once. Blobs and manifests are separate: a digest may
// exist as one and not as the other.
type facts struct {
	session *session.Session

	mu    sync.Mutex
	known map[string]*fact
	kept  int64 // bytes of content that is cached for other callers
}

// Content of up to keptSize bytes is kept in memory, and keptSizes bytes of it together.
const (
	keptSize  = 64 << 10
	keptSizes = 8 << 20
)

// A fact is one answer.
type fact struct {
	done     chan struct{}
	manifest store.Manifest
	size     int64
	bytes    []byte
	err      error
}

// manifest reads a manifest by its digest.
func (f *facts) manifest(ctx context.Context, in store.Source, digest v1.Hash) (store.Manifest, error) {
	known, err := f.find(ctx, "manifest "+session.DigestName(in, digest), func(answer *fact) {
		answer.manifest, answer.err = f.session.Budget.Read(ctx, in, digest.String(), 0)
	})
	if err != nil {
		return store.Manifest{}, err
	}
	return known.manifest, nil
}

// size returns the size of a blob.
func (f *facts) size(ctx context.Context, in store.Source, digest v1.Hash) (int64, error) {
	known, err := f.find(ctx, "size "+session.DigestName(in, digest), func(answer *fact) {
		answer.size, answer.err = in.BlobSize(ctx, digest)
	})
	if err != nil {
		return 0, err
	}
	return known.size, nil
}

// content reads a blob and checks its digest and size.
func (f *facts) content(ctx context.Context, in store.Source, d v1.Descriptor) error {
	_, err := f.find(ctx, contentKey(in, d), func(answer *fact) {
		if d.Size > keptSize {
			answer.err = discard(ctx, in, d)
			return
		}
		content, err := readBlob(ctx, in, d)
		if answer.err = err; err == nil && f.keep(int64(len(content))) {
			answer.bytes = content
		}
	})
	return err
}

// keep reports whether there is room to keep so many bytes.
func (f *facts) keep(n int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept+n > keptSizes {
		return false
	}
	f.kept += n
	return true
}

// config reads the config of an image, with a size limit, like content.
func (f *facts) config(ctx context.Context, in store.Source, d v1.Descriptor) ([]byte, error) {
	if err := f.content(ctx, in, d); err != nil {
		return nil, err
	}
	known, err := f.find(ctx, contentKey(in, d), func(*fact) {})
	if err != nil || known.bytes != nil {
		return known.bytes, err
	}
	return readBlob(ctx, in, d)
}

func readBlob(ctx context.Context, in store.Source, d v1.Descriptor) ([]byte, error) {
	content, err := in.OpenBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(content)
	return b, errors.Join(err, content.Close())
}

func contentKey(in store.Source, d v1.Descriptor) string {
	return "content " + descriptorKey(in, v1.Descriptor{Digest: d.Digest, Size: d.Size})
}

// bytes reads a small blob into memory.
func (f *facts) bytes(ctx context.Context, in store.Source, d v1.Descriptor) ([]byte, error) {
	known, err := f.find(ctx, "bytes "+descriptorKey(in, v1.Descriptor{Digest: d.Digest, Size: d.Size}), func(answer *fact) {
		answer.bytes, answer.err = f.session.ReadFile(ctx, in, d)
	})
	if err != nil {
		return nil, err
	}
	return known.bytes, nil
}

// A readOnce is a source whose files are read once.
type readOnce struct {
	store.Source
	facts *facts
}

// FilesAreCounted marks the source for the limit of all files of a command.
func (readOnce) FilesAreCounted() {}

// OpenBlob opens content in memory.
func (r readOnce) OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	content, err := r.facts.bytes(ctx, r.Source, d)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// find returns a fact, and determines it if it is unknown. If that failed because a caller
// canceled, it is determined again.
func (f *facts) find(ctx context.Context, key string, ask func(*fact)) (*fact, error) {
	for {
		f.mu.Lock()
		if f.known == nil {
			f.known = map[string]*fact{}
		}
		answer, asked := f.known[key]
		if !asked {
			answer = &fact{done: make(chan struct{})}
			f.known[key] = answer
		}
		f.mu.Unlock()
		if !asked {
			ask(answer)
			if answer.err != nil && ctx.Err() != nil {
				f.mu.Lock()
				delete(f.known, key)
				f.mu.Unlock()
			}
			close(answer.done)
			return answer, answer.err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-answer.done:
		}
		if answer.err == nil || ctx.Err() != nil || !errors.Is(answer.err, context.Canceled) {
			return answer, answer.err
		}
	}
}

// descriptorKey identifies a descriptor by all its fields about the content.
func descriptorKey(in store.Source, d v1.Descriptor) string {
	return fmt.Sprintf("%s %d %s", session.DigestName(in, d.Digest), d.Size, d.MediaType)
}

// ParseManifest reads an image manifest.
func ParseManifest(m store.Manifest) (v1.Manifest, error) {
	var manifest v1.Manifest
	err := limits.Decode(m.Bytes, &manifest)
	return manifest, err
}
