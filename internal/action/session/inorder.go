package session

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// Limits of reading ahead: how many blobs, and up to what size in bytes.
// Together they bound the memory.
const (
	aheadCount = 64
	AheadSize  = 256 << 10
)

// InOrder calls use for each blob, in order, with a function that opens it. Small blobs are read
// ahead concurrently, because their requests take longer than their transfer. The error of use is
// returned unchanged.
func InOrder(ctx context.Context, jobs int, blobs []Located, use func(Located, store.Opener) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	slots := make(chan struct{}, max(jobs, 1))
	ahead := make([]chan read, len(blobs))
	begun := 0
	for i, blob := range blobs {
		for ; begun < len(blobs) && begun <= i+aheadCount; begun++ {
			if next := blobs[begun]; next.Size <= AheadSize {
				result := make(chan read, 1)
				ahead[begun] = result
				wait.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					content, err := readAll(ctx, next)
					result <- read{content, err}
				})
			}
		}
		open := func(ctx context.Context) (io.ReadCloser, error) { return blob.In.OpenBlob(ctx, blob.Descriptor) }
		if ahead[i] != nil {
			got := <-ahead[i]
			if got.err != nil {
				return fmt.Errorf("reading %s: %w", DigestName(blob.In, blob.Digest), got.err)
			}
			open = remote.Bytes(got.content)
			ahead[i] = nil
		}
		if err := use(blob, open); err != nil {
			return err
		}
	}
	return nil
}

// A read is the result of reading a blob.
type read struct {
	content []byte
	err     error
}

// readAll reads a small blob.
func readAll(ctx context.Context, blob Located) ([]byte, error) {
	content, err := blob.In.OpenBlob(ctx, blob.Descriptor)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}
