package transfer

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/remote"
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
func WithObserver(f func(Event)) Option { return func(c *Copier) { c.observe = f } }

// WithBudget makes the copier share the limits on everything that is read and copied.
func WithBudget(b *graph.Budget) Option { return func(c *Copier) { c.budget = b } }

// New returns a Copier for stores that run up to jobs operations concurrently. It limits the
// tasks that wait for them accordingly.
func New(jobs int, opts ...Option) *Copier {
	c := &Copier{
		jobs:    max(jobs, 1),
		observe: func(Event) {},
		budget:  graph.NewBudget(graph.DefaultLimits()),
		done:    newOnceEach(),
	}
	for _, o := range opts {
		o(c)
	}
	c.manifests = newManifestCache(c.budget)
	return c
}

// AddManifest adds a manifest, so that copying it reads nothing. It need not be in any store: add
// a generated index and pass its descriptor as the root to copy it.
func (c *Copier) AddManifest(m store.Manifest) error { return c.manifests.put(m) }

// Manifest reads a manifest, or returns it if it was read before.
func (c *Copier) Manifest(ctx context.Context, from store.Source, desc v1.Descriptor) (store.Manifest, error) {
	return c.manifests.get(ctx, from, desc)
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
func (c *Copier) Copy(ctx context.Context, from store.Source, root v1.Descriptor, to store.Target, opts ...CopyOption) error {
	w := &walk{copier: c, from: from, to: to, probe: true}
	for _, o := range opts {
		o(w)
	}
	if err := w.manifest(ctx, root, 0); err != nil {
		return fmt.Errorf("copying %q to %q: %w", from.Name()+"@"+root.Digest.String(), to.Name(), err)
	}
	return nil
}

// CopyBlob copies one blob from the store from into the store to, as
// Copy does for images: for a rebuilt manifest that keeps
// some of its layers.
func (c *Copier) CopyBlob(ctx context.Context, from store.Source, desc v1.Descriptor, to store.Target) error {
	w := &walk{copier: c, from: from, to: to}
	if err := w.blob(ctx, desc); err != nil {
		return fmt.Errorf("copying %q to %q: %w", from.Name()+"@"+desc.Digest.String(), to.Name(), err)
	}
	return nil
}

// walk is the copy of one root.
type walk struct {
	copier *Copier
	from   store.Source
	to     store.Target
	probe  bool
}

// manifest copies a manifest or index to the target, after everything it
// refers to.
func (w *walk) manifest(ctx context.Context, desc v1.Descriptor, depth int) error {
	if err := w.copier.budget.TakeManifest(depth); err != nil {
		return err
	}
	err := w.copier.done.do(ctx, "manifest "+w.to.Name()+"@"+desc.Digest.String(), func() error {
		return w.copyManifest(ctx, desc, depth)
	})
	if err != nil {
		return err
	}
	return w.copier.manifests.check(w.from, desc) // another descriptor may have copied it
}

func (w *walk) copyManifest(ctx context.Context, desc v1.Descriptor, depth int) error {
	if w.inPlace() {
		if !w.copier.manifests.isGiven(desc.Digest) {
			return nil
		}
	}
	// Only the root is checked: if it is missing, checking each of its
	// children costs more than it saves.
	if depth == 0 && w.probe {
		_, err := w.to.Lookup(ctx, desc.Digest.String())
		if err == nil {
			w.copier.observe(Event{Kind: ManifestPresent, Desc: desc, To: w.to.Name()})
			return nil
		}
		if !absent(err) {
			return err
		}
	}
	m, err := w.copier.manifests.get(ctx, w.from, desc)
	if err != nil {
		return err
	}
	parts, err := graph.Of(m)
	if err != nil {
		return fmt.Errorf("reading manifest %q: %w", desc.Digest, err)
	}
	if err := w.copier.budget.TakeBlobs(len(parts.Blobs)); err != nil {
		return err
	}
	if err := w.parts(ctx, parts, depth); err != nil {
		return err
	}
	if err := w.to.Write(ctx, m, ""); err != nil {
		return err
	}
	w.copier.observe(Event{Kind: ManifestSent, Desc: m.Descriptor, To: w.to.Name()})
	return nil
}

// inPlace reports whether source and target are the same.
func (w *walk) inPlace() bool { return w.from.Name() == w.to.Name() }

// parts copies what a manifest refers to concurrently. How many requests run
// is limited by the client's jobs. The limits here
// bound the memory of tasks that wait for a job; each manifest has its own, so
// that nested indexes don't wait for themselves.
func (w *walk) parts(ctx context.Context, p graph.Parts, depth int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4 * w.copier.jobs)
	g.Go(func() error {
		blobs, ctx := errgroup.WithContext(ctx)
		blobs.SetLimit(4 * w.copier.jobs)
		for _, d := range p.Blobs {
			blobs.Go(func() error { return w.blob(ctx, d) })
		}
		return blobs.Wait()
	})
	for _, d := range p.Manifests {
		g.Go(func() error { return w.manifest(ctx, d, depth+1) })
	}
	return g.Wait()
}

// blob copies a blob to the target.
func (w *walk) blob(ctx context.Context, desc v1.Descriptor) error {
	if w.inPlace() {
		return nil
	}
	if graph.IsNonDistributable(desc) {
		w.tell(ctx, BlobForeign, desc)
		return nil
	}
	// The size is part of the name: a descriptor with a wrong size must not pass because a
	// correct one came first.
	key := fmt.Sprintf("blob %s@%s %d", w.to.Name(), desc.Digest, desc.Size)
	return w.copier.done.do(ctx, key, func() error {
		w.tell(ctx, BlobFound, desc)
		became, err := w.to.CopyBlob(w.metered(ctx, desc), w.from, desc, func() { w.tell(ctx, BlobSending, desc) })
		if err != nil {
			return err
		}
		w.tell(ctx, map[store.Outcome]EventKind{store.Sent: BlobSent, store.Mounted: BlobMounted, store.Present: BlobPresent}[became], desc)
		return nil
	})
}

func (w *walk) tell(ctx context.Context, k EventKind, desc v1.Descriptor) {
	w.copier.observe(Event{Kind: k, Desc: desc, To: w.to.Name(), Image: imageOf(ctx)})
}

// metered reports the bytes of a blob as they are sent to a registry, or else as they are
// received.
func (w *walk) metered(ctx context.Context, desc v1.Descriptor) context.Context {
	_, sends := w.to.(*store.Registry)
	return remote.WithMeter(ctx, func(sent bool, n int64) {
		if sent == sends {
			w.copier.observe(Event{Kind: BlobBytes, Desc: desc, To: w.to.Name(), Image: imageOf(ctx), Bytes: n})
		}
	})
}

// absent reports whether a target's answer means that everything must be written. Some registries
// answer 403 instead of 404 for a repository that the first push will create; if access is really
// denied, the write fails too.
func absent(err error) bool {
	return store.IsNotFound(err) || remote.IsUnauthorized(err)
}
