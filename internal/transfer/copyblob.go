package transfer

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CopyBlob brings one blob of the repository from into the repository to, as
// Copy brings those of an image: for a manifest that is made anew and keeps
// some of its layers.
func (t *Copier) CopyBlob(ctx context.Context, from name.Repository, desc v1.Descriptor, to name.Repository) error {
	w := &walk{t: t, from: from, to: to, budget: newBudget(t.limits)}
	if err := w.blob(ctx, desc); err != nil {
		return fmt.Errorf("copying %q to %q: %w", from.Name()+"@"+desc.Digest.String(), to.Name(), err)
	}
	return nil
}
