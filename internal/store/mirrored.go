package store

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// A Mirror is a repository that has the content of another one.
type Mirror struct {
	*Registry
	// ByTag and ByDigest select what is read from it.
	ByTag, ByDigest bool
}

// Mirrored is a repository that is read from mirrors, and last from a location that may
// have another name. It is read-only: to write, use a [Registry].
type Mirrored struct {
	*Registry // the location
	name      string
	mirrors   []Mirror

	mu    sync.Mutex
	found *Registry // had the last manifest, and so has its blobs
}

// NewMirrored returns the store of a repository that is read from mirrors, in this order, and
// then from location. name is the requested repository.
func NewMirrored(name string, location *Registry, mirrors []Mirror) *Mirrored {
	return &Mirrored{Registry: location, name: name, mirrors: mirrors}
}

// Name implements Source.
func (m *Mirrored) Name() string { return m.name }

// First returns the repository that is tried first.
func (m *Mirrored) First() name.Repository {
	if len(m.mirrors) > 0 {
		return m.mirrors[0].repo
	}
	return m.repo
}

// Lookup implements Source.
func (m *Mirrored) Lookup(ctx context.Context, ref string) (v1.Descriptor, error) {
	return first(ctx, m, m.having(ref), func(r *Registry) (v1.Descriptor, error) { return r.Lookup(ctx, ref) })
}

// Read implements Source.
func (m *Mirrored) Read(ctx context.Context, ref string) (Manifest, error) {
	return first(ctx, m, m.having(ref), func(r *Registry) (Manifest, error) { return r.Read(ctx, ref) })
}

// BlobSize implements Source.
func (m *Mirrored) BlobSize(ctx context.Context, digest v1.Hash) (int64, error) {
	return first(ctx, m, m.having(""), func(r *Registry) (int64, error) { return r.BlobSize(ctx, digest) })
}

// OpenBlob implements Source.
func (m *Mirrored) OpenBlob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return first(ctx, m, m.having(""), func(r *Registry) (io.ReadCloser, error) { return r.OpenBlob(ctx, d) })
}

// copyTo copies a blob to a repository.
func (m *Mirrored) copyTo(ctx context.Context, to *Registry, d v1.Descriptor, sending func()) (remote.BlobOutcome, error) {
	return first(ctx, m, m.having(""), func(r *Registry) (remote.BlobOutcome, error) {
		return to.copyFrom(ctx, r, d, sending)
	})
}

// having returns the repositories that may have a tag or digest, or a blob if ref
// is empty, in the order in which they are tried.
func (m *Mirrored) having(ref string) []*Registry {
	_, err := v1.NewHash(ref)
	isTag := err != nil && ref != ""
	var order []*Registry
	if m.mu.Lock(); ref == "" && m.found != nil {
		order = append(order, m.found)
	}
	m.mu.Unlock()
	add := func(r *Registry) {
		if len(order) == 0 || order[0] != r {
			order = append(order, r)
		}
	}
	for _, mirror := range m.mirrors {
		if isTag && mirror.ByTag || !isTag && mirror.ByDigest {
			add(mirror.Registry)
		}
	}
	add(m.Registry)
	return order
}

// first tries repositories until one succeeds. The error is the last one, and includes
// the earlier errors.
func first[T any](ctx context.Context, m *Mirrored, repositories []*Registry, ask func(*Registry) (T, error)) (T, error) {
	var (
		answer T
		before []string
		err    error
	)
	for _, r := range repositories {
		if err != nil {
			before = append(before, err.Error())
		}
		if answer, err = ask(r); err == nil {
			m.mu.Lock()
			m.found = r
			m.mu.Unlock()
			return answer, nil
		}
		if ctx.Err() != nil {
			return answer, err
		}
	}
	if r := repositories[len(repositories)-1]; r.Name() != m.name {
		err = fmt.Errorf("reading %s from %s, as configured in registries.conf: %w", m.name, r.Name(), err)
	}
	if len(before) > 0 {
		err = fmt.Errorf("%w (mirrors in registries.conf: %s)", err, strings.Join(before, "; "))
	}
	return answer, err
}
