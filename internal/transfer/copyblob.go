package transfer

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/store"
)

// CopyBlob copies one blob from the store from into the store to, as
// Copy does for images: for a rebuilt manifest that keeps
// some of its layers.
func (t *Copier) CopyBlob(ctx context.Context, from store.Source, desc v1.Descriptor, to store.Target) error {
	w := &walk{t: t, from: from, to: to}
	if err := w.blob(ctx, desc); err != nil {
		return fmt.Errorf("copying %q to %q: %w", from.Name()+"@"+desc.Digest.String(), to.Name(), err)
	}
	return nil
}
