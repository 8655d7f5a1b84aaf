package transfer

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// blob copies a blob to the target.
func (w *walk) blob(ctx context.Context, desc v1.Descriptor) error {
	if w.inPlace() {
		return nil
	}
	if graph.IsNonDistributable(desc) {
		w.tell(ctx, BlobForeign, desc)
		return nil
	}
	// The size is part of the name: a descriptor that lies about it must not
	// pass because another one, which doesn't, was first.
	key := fmt.Sprintf("blob %s@%s %d", w.to.Name(), desc.Digest, desc.Size)
	return w.t.done.do(ctx, key, func() error {
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
	w.t.observe(Event{Kind: k, Desc: desc, To: w.to.Name(), Image: imageOf(ctx)})
}

// metered has the bytes of a blob told: those that are sent to a registry, or else those that
// are received.
func (w *walk) metered(ctx context.Context, desc v1.Descriptor) context.Context {
	_, sends := w.to.(*store.Registry)
	return remote.WithMeter(ctx, func(sent bool, n int64) {
		if sent == sends {
			w.t.observe(Event{Kind: BlobBytes, Desc: desc, To: w.to.Name(), Image: imageOf(ctx), Bytes: n})
		}
	})
}

// absent reports whether a target's answer means that everything has to
// be written. Some registries answer 403 instead of 404 for a repository that
// the first push will create; if access is really denied, the write fails
// too.
func absent(err error) bool {
	return store.IsNotFound(err) || remote.IsUnauthorized(err)
}
