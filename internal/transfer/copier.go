package transfer

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// Copier copies images. It does everything once: a manifest or blob that several images or calls
// need is read and written for the first, and the others wait for it. One Copier serves one
// command.
type Copier struct {
	jobs    int
	observe func(Event)
	budget  *graph.Budget

	manifests *manifestCache
	done      *onceEach // by content and target
}

// Option configures a Copier.
type Option func(*Copier)

// WithObserver sends the events of each blob and manifest to f. f is
// called concurrently and must be quick.
func WithObserver(f func(Event)) Option { return func(t *Copier) { t.observe = f } }

// WithBudget makes the copier share the limits on everything that is read and copied.
func WithBudget(b *graph.Budget) Option { return func(t *Copier) { t.budget = b } }

// New returns a Copier for stores that run up to jobs operations concurrently. It limits the
// tasks that wait for them accordingly.
func New(jobs int, opts ...Option) *Copier {
	t := &Copier{
		jobs:    max(jobs, 1),
		observe: func(Event) {},
		budget:  graph.NewBudget(graph.DefaultLimits()),
		done:    newOnceEach(),
	}
	for _, o := range opts {
		o(t)
	}
	t.manifests = newManifestCache(t.budget)
	return t
}

// AddManifest adds a manifest, so that copying it reads nothing. It need not be in any store: add
// a generated index and pass its descriptor as the root to copy it.
func (t *Copier) AddManifest(m store.Manifest) error { return t.manifests.put(m) }

// Manifest reads a manifest, or returns it if it was read before.
func (t *Copier) Manifest(ctx context.Context, from store.Source, desc v1.Descriptor) (store.Manifest, error) {
	return t.manifests.get(ctx, from, desc)
}

// CopyOption configures one copy.
type CopyOption func(*walk)

// WithoutProbe omits the check whether the root is at the target already, if it is known to be
// missing, or must be walked anyway.
func WithoutProbe() CopyOption { return func(w *walk) { w.probe = false } }

// Copy copies root, a manifest or index in the store from, with everything that it refers to,
// into the store to, by digest. Tags are set by the caller. Attestations and other children of an
// index that are not platforms are copied with it.
//
// A root that the target has is assumed to be complete, because a root is written last.
// Nondistributable layers with URLs are not copied. The error of a failed copy has the names of
// the image and the part.
func (t *Copier) Copy(ctx context.Context, from store.Source, root v1.Descriptor, to store.Target, opts ...CopyOption) error {
	w := &walk{t: t, from: from, to: to, probe: true}
	for _, o := range opts {
		o(w)
	}
	if err := w.manifest(ctx, root, 0); err != nil {
		return fmt.Errorf("copying %q to %q: %w", from.Name()+"@"+root.Digest.String(), to.Name(), err)
	}
	return nil
}
