package transfer

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// walk is one root on its way.
type walk struct {
	t     *Copier
	from  store.Source
	to    store.Target
	probe bool
}

// manifest brings a manifest or index to the target, after all that it
// refers to.
func (w *walk) manifest(ctx context.Context, desc v1.Descriptor, depth int) error {
	if err := w.t.budget.TakeManifest(depth); err != nil {
		return err
	}
	err := w.t.done.do(ctx, "manifest "+w.to.Name()+"@"+desc.Digest.String(), func() error {
		return w.bringManifest(ctx, desc, depth)
	})
	if err != nil {
		return err
	}
	return w.t.manifests.check(w.from, desc) // another descriptor may have brought it
}

func (w *walk) bringManifest(ctx context.Context, desc v1.Descriptor, depth int) error {
	if w.inPlace() {
		if !w.t.manifests.made(desc.Digest) {
			return nil
		}
	}
	// Only the root is asked for: where it is missing, asking for each of its
	// children costs more than it saves.
	if depth == 0 && w.probe {
		_, err := w.to.Lookup(ctx, desc.Digest.String())
		if err == nil {
			w.t.observe(Event{Kind: ManifestPresent, Desc: desc, To: w.to.Name()})
			return nil
		}
		if !absent(err) {
			return err
		}
	}
	m, err := w.t.manifests.get(ctx, w.from, desc)
	if err != nil {
		return err
	}
	parts, err := graph.Of(m)
	if err != nil {
		return fmt.Errorf("reading manifest %q: %w", desc.Digest, err)
	}
	if err := w.t.budget.TakeBlobs(len(parts.Blobs)); err != nil {
		return err
	}
	if err := w.parts(ctx, parts, depth); err != nil {
		return err
	}
	if err := w.to.Write(ctx, m, ""); err != nil {
		return err
	}
	w.t.observe(Event{Kind: ManifestSent, Desc: m.Descriptor, To: w.to.Name()})
	return nil
}

// inPlace reports whether the copy goes to where the image is.
func (w *walk) inPlace() bool { return w.from.Name() == w.to.Name() }

// parts brings what a manifest refers to, all at the same time. How much goes
// on at a time is decided request by request, by the client's jobs. The bounds here
// are for the memory of a great many that wait for a job; each manifest has its own, so
// that nested indexes don't wait for themselves.
func (w *walk) parts(ctx context.Context, p graph.Parts, depth int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4 * w.t.jobs)
	g.Go(func() error {
		blobs, ctx := errgroup.WithContext(ctx)
		blobs.SetLimit(4 * w.t.jobs)
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
