package transfer

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// manifestCache reads each manifest once. A digest identifies the same bytes everywhere, so the
// repository to read from does not matter.
type manifestCache struct {
	budget *graph.Budget
	flight *onceEach

	mu    sync.Mutex
	known map[v1.Hash]store.Manifest
	given map[v1.Hash]bool // by the caller: may be in no registry
}

func newManifestCache(budget *graph.Budget) *manifestCache {
	return &manifestCache{
		budget: budget,
		flight: newOnceEach(),
		known:  map[v1.Hash]store.Manifest{},
		given:  map[v1.Hash]bool{},
	}
}

// isGiven reports whether a manifest was given by the caller.
func (c *manifestCache) isGiven(h v1.Hash) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.given[h]
}

func (c *manifestCache) lookup(h v1.Hash) (store.Manifest, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.known[h]
	return m, ok
}

func (c *manifestCache) put(m store.Manifest) error {
	if m.Descriptor.Digest.Algorithm == "sha256" {
		got, _, err := v1.SHA256(bytes.NewReader(m.Bytes))
		if err != nil {
			return err
		}
		if got != m.Descriptor.Digest {
			return fmt.Errorf("recording a manifest: %w", &remote.DigestError{Want: m.Descriptor.Digest, Got: got})
		}
	}
	// Its descriptor may be that of an index, so its size must be compared with the content's.
	m.Descriptor.Size = int64(len(m.Bytes))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[m.Descriptor.Digest] = m
	c.given[m.Descriptor.Digest] = true
	return nil
}

func (c *manifestCache) get(ctx context.Context, from store.Source, desc v1.Descriptor) (store.Manifest, error) {
	err := c.flight.do(ctx, desc.Digest.String(), func() error {
		if _, ok := c.lookup(desc.Digest); ok {
			return nil
		}
		m, err := c.read(ctx, from, desc)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known[desc.Digest] = m
		return nil
	})
	if err != nil {
		return store.Manifest{}, err
	}
	if err := c.check(from, desc); err != nil {
		return store.Manifest{}, err
	}
	m, _ := c.lookup(desc.Digest)
	return m, nil
}

// check compares a known manifest with a descriptor of it. Each descriptor is checked: a wrong
// one must not pass because a correct one came first.
func (c *manifestCache) check(from store.Source, desc v1.Descriptor) error {
	m, ok := c.lookup(desc.Digest)
	if !ok {
		return nil
	}
	if err := graph.Matches(desc, m); err != nil {
		return fmt.Errorf("getting manifest %q: %w", from.Name()+"@"+desc.Digest.String(), err)
	}
	return nil
}

// read reads a manifest within the budget.
func (c *manifestCache) read(ctx context.Context, from store.Source, desc v1.Descriptor) (store.Manifest, error) {
	return c.budget.Read(ctx, from, desc.Digest.String(), desc.Size)
}
