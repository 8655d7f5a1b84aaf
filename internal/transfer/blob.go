package transfer

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// blob brings a blob to the target.
func (w *walk) blob(ctx context.Context, desc v1.Descriptor) error {
	if w.inPlace() {
		return nil
	}
	if Stays(desc) {
		w.tell(BlobForeign, desc)
		return nil
	}
	// The size is part of the name: a descriptor that lies about it must not
	// pass because another one, which doesn't, was first.
	key := fmt.Sprintf("blob %s@%s %d", w.to.Name(), desc.Digest, desc.Size)
	return w.t.done.do(ctx, key, func() error {
		w.tell(BlobFound, desc)
		if w.from.RegistryStr() == w.to.RegistryStr() {
			return w.mountBlob(ctx, desc)
		}
		return w.sendBlob(ctx, desc, "")
	})
}

func (w *walk) tell(k EventKind, desc v1.Descriptor) {
	w.t.observe(Event{Kind: k, Desc: desc, To: w.to.Name()})
}

// mountBlob shares a blob inside the registry, and sends it where the
// registry won't.
func (w *walk) mountBlob(ctx context.Context, desc v1.Descriptor) error {
	mounted, location, err := w.t.client.MountBlob(ctx, w.to, w.from, desc.Digest)
	switch {
	case remote.IsUnauthorized(err), remote.IsNotFound(err):
		// Whether the source or the target is the reason, an upload tells.
		return w.sendBlob(ctx, desc, "")
	case err != nil:
		return err
	}
	if mounted {
		w.tell(BlobMounted, desc)
		return nil
	}
	return w.sendBlob(ctx, desc, location)
}

// sendBlob streams a blob through, unless the target has it: a copy that was
// interrupted goes on here. location is an upload that was started already,
// if any; it is used or given up.
func (w *walk) sendBlob(ctx context.Context, desc v1.Descriptor, location string) error {
	c := w.t.client
	size, err := c.HeadBlob(ctx, w.to, desc.Digest)
	switch {
	case err == nil:
		if location != "" {
			// The registry forgets it in time; nobody needs to fail for it.
			_ = c.CancelUpload(ctx, w.to, location)
		}
		if size >= 0 && size != desc.Size {
			return fmt.Errorf("blob %q: %w", w.to.Name()+"@"+desc.Digest.String(), &remote.SizeError{Want: desc.Size, Got: size})
		}
		w.tell(BlobPresent, desc)
		return nil
	case !absent(err):
		return err
	}
	w.tell(BlobSending, desc)
	err = c.PutBlobAt(ctx, w.to, location, desc, func(ctx context.Context) (io.ReadCloser, error) {
		return c.GetBlob(ctx, w.from, desc)
	})
	if err != nil {
		return err
	}
	w.tell(BlobSent, desc)
	return nil
}

// absent reports whether a target's answer to a question leaves everything to
// be written. Some registries answer 403 and not 404 for a repository that
// the first push will make; where it means what it says, the write gets it
// too.
func absent(err error) bool {
	return remote.IsNotFound(err) || remote.IsUnauthorized(err)
}
