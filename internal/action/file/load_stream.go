package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// Limits of the content of a stream that is kept in memory, and that is skipped, in
// bytes.
const (
	headLimit = 32 << 20
	skipLimit = 1 << 30
)

// errOneReading reports that a stream can't be read twice.
var errOneReading = errors.New("the file is a stream and can't be read again: repeat the command; existing content is not sent again")

// LoadStream is Load from a file that is read once, from start to end. ref is the tag or digest
// of the package in it. Content with an unknown purpose is kept in memory if it is small; other
// content is written as it is read.
func LoadStream(ctx context.Context, s *session.Session, name string, r io.Reader, ref string, target store.Target, options LoadOptions) (publish.Pushed, error) {
	stream, err := archive.NewStream(contextReader{ctx, r})
	if err != nil {
		return publish.Pushed{}, fmt.Errorf("reading %s: %w", name, err)
	}
	head, err := readHead(name, stream)
	if err != nil {
		return publish.Pushed{}, fmt.Errorf("reading %s: %w", name, err)
	}
	src := session.Location{Store: head, Ref: ref}
	l, err := prepareLoad(ctx, s, src, options.Following)
	if err != nil {
		if errors.As(err, new(*store.NotFoundError)) && len(head.inMemory) == 0 {
			err = archive.ErrOrder
		}
		return publish.Pushed{}, err
	}
	if err := pump(ctx, s, stream, head, l, target); err != nil {
		return publish.Pushed{}, fmt.Errorf("loading %s into %s: %w", name, target.Name(), err)
	}
	return publish.Copy(ctx, s, src, target, options.copying(l))
}

// A contextReader fails when its context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// A head is the beginning of a stream: the manifests, and the files of compositions.
type head struct {
	*store.Memory
	inMemory map[v1.Hash][]byte
}

// readHead reads the manifests and Compose files. An archive written by this program begins with them.
func readHead(name string, stream *archive.Stream) (head, error) {
	h := head{inMemory: map[v1.Hash][]byte{}}
	h.Memory = store.NewMemory(name, stream.Index, h.inMemory)
	entries, err := h.Entries()
	if err != nil {
		return h, err
	}
	manifests, files := map[v1.Hash]bool{}, map[v1.Hash]bool{}
	for _, d := range entries {
		manifests[d.Digest] = true
	}
	var total int64
	for {
		digest, size, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			return h, err
		}
		if !manifests[digest] && !files[digest] {
			stream.Unread(digest, size)
			return h, nil
		}
		if total += size; size > remote.MaxManifestSize && manifests[digest] || total > headLimit {
			return h, fmt.Errorf("its manifests and files have more than %d bytes", headLimit)
		}
		raw, err := verified(digest, size, stream)
		if err != nil {
			return h, err
		}
		h.inMemory[digest] = raw
		if manifests[digest] {
			h.note(raw, manifests, files)
		}
	}
}

// note records the manifests that a manifest lists, and the files of a composition.
func (h head) note(raw []byte, manifests, files map[v1.Hash]bool) {
	mediaType, err := remote.MediaTypeOf(raw)
	if err != nil {
		return // any content that needs it reports the error
	}
	content := store.Manifest{Descriptor: v1.Descriptor{MediaType: mediaType}, Bytes: raw}
	parts, err := graph.Of(content)
	if err != nil {
		return
	}
	for _, d := range parts.Manifests {
		manifests[d.Digest] = true
	}
	if _, isComposition := artifact.Kind(artifact.Content(content)); isComposition {
		for _, d := range parts.Blobs {
			if d.MediaType != artifact.ExtraFileType {
				files[d.Digest] = true
			}
		}
	}
}

// verified reads a blob of a stream into memory.
func verified(digest v1.Hash, size int64, r io.Reader) ([]byte, error) {
	raw := make([]byte, size)
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, fmt.Errorf("reading %s: %w", digest, err)
	}
	got, _, err := v1.SHA256(bytes.NewReader(raw))
	if err == nil && got != digest {
		err = &remote.DigestError{Want: digest, Got: got}
	}
	return raw, err
}

// pump copies the blobs of a stream to the target in stream order: small ones
// concurrently, large ones one after the other. It ends when all blobs of the package are there.
func pump(ctx context.Context, s *session.Session, stream *archive.Stream, h head, l loading, target store.Target) error {
	needed := map[v1.Hash]v1.Descriptor{}
	for _, blob := range l.blobs {
		if _, ok := h.inMemory[blob.Digest]; !ok {
			needed[blob.Digest] = blob.Descriptor
		}
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(max(s.Client.Jobs(), 1))
	err := func() error {
		var skipped int64
		for len(needed) > 0 && gctx.Err() == nil {
			digest, size, err := stream.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			d, ok := needed[digest]
			switch {
			case !ok:
				if skipped += size; skipped > skipLimit {
					return fmt.Errorf("it has more than %d bytes that the package does not need: load it from an uncompressed file instead", skipLimit)
				}
				continue
			case d.Size != size:
				return fmt.Errorf("%s has %d bytes, not %d", digest, size, d.Size)
			}
			delete(needed, digest)
			if size > session.AheadSize {
				if err := s.Copier.CopyBlob(gctx, passing(h, stream), d, target); err != nil {
					return err
				}
				continue
			}
			raw, err := verified(digest, size, stream)
			if err != nil {
				return err
			}
			small := store.NewMemory(h.Name(), nil, map[v1.Hash][]byte{digest: raw})
			group.Go(func() error { return s.Copier.CopyBlob(gctx, small, d, target) })
		}
		return nil
	}()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	var missing []v1.Descriptor
	for _, d := range needed {
		missing = append(missing, d)
	}
	return checkThere(ctx, s, h, l, target, missing)
}

// passing is a store from which one blob can be read, once: the stream's current blob.
func passing(h head, stream *archive.Stream) store.Source {
	return &passingBlob{Memory: h.Memory, stream: stream}
}

type passingBlob struct {
	*store.Memory
	stream *archive.Stream
	once   sync.Once
}

// OpenBlob implements store.Source.
func (p *passingBlob) OpenBlob(_ context.Context, d v1.Descriptor) (content io.ReadCloser, err error) {
	err = errOneReading
	p.once.Do(func() { content, err = store.Verified(io.NopCloser(p.stream), d) })
	return content, err
}
