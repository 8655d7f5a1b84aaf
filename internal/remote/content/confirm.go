package content

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// confirm checks that a registry has a manifest which it accepted without giving its digest. A
// tag that points at another manifest may have been moved since. Without read access, nothing
// can be checked.
func (r *Registry) confirm(ctx context.Context, ref name.Reference, raw []byte) error {
	found, err := r.headLater(ctx, ref)
	if err == nil {
		want, herr := hashOf(found.Digest.Algorithm, raw)
		if herr != nil || want == found.Digest {
			return nil // an unknown algorithm can't be compared
		}
		ref = ref.Context().Digest(want.String())
		_, err = r.headLater(ctx, ref)
	}
	switch {
	case httperr.IsNotFound(err):
		return &httperr.LostError{Ref: ref.String()}
	case err != nil && (ctx.Err() != nil || !httperr.IsAnswer(err)):
		return fmt.Errorf("checking manifest %q after it was put: %w", ref, err)
	}
	return nil
}

// headLater is HeadManifest for a manifest that may appear within about two seconds.
func (r *Registry) headLater(ctx context.Context, ref name.Reference) (v1.Descriptor, error) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		found, err := r.HeadManifest(ctx, ref)
		if !httperr.IsNotFound(err) || wait > time.Second {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
