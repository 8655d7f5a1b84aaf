package remote

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// BlobOutcome tells how a blob came to a repository.
type BlobOutcome int

// The ways for a blob to come to a repository.
const (
	// BlobSent: its bytes passed.
	BlobSent BlobOutcome = iota
	// BlobMounted: the registry shares it with another repository.
	BlobMounted
	// BlobPresent: it was there already.
	BlobPresent
)

// CopyBlob makes a blob of one repository that of another one.
func (c *Client) CopyBlob(ctx context.Context, to, from name.Repository, desc v1.Descriptor, sending func()) (BlobOutcome, error) {
	location := ""
	if from.RegistryStr() == to.RegistryStr() {
		mounted, at, err := c.MountBlob(ctx, to, from, desc.Digest)
		switch {
		case IsUnauthorized(err), IsNotFound(err):
		case err != nil:
			return 0, err
		case mounted:
			return BlobMounted, nil
		}
		location = at
	}
	size, err := c.HeadBlob(ctx, to, desc.Digest)
	switch {
	case err == nil:
		if location != "" {
			_ = c.CancelUpload(ctx, to, location)
		}
		if size >= 0 && size != desc.Size {
			return 0, fmt.Errorf("blob %q: %w", to.Name()+"@"+desc.Digest.String(), &SizeError{Want: desc.Size, Got: size})
		}
		return BlobPresent, nil
	case !IsNotFound(err) && !IsUnauthorized(err):
		return 0, err
	}
	if sending != nil {
		sending()
	}
	return BlobSent, c.PutBlobAt(ctx, to, location, desc, func(ctx context.Context) (io.ReadCloser, error) {
		return c.GetBlob(ctx, from, desc)
	})
}
