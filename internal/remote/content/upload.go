package content

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// Opener opens the content of a blob from its start. It is called once per attempt, with a
// context whose requests are part of the upload's job: a GetBlob with it does not need its
// own job.
type Opener func(ctx context.Context) (io.ReadCloser, error)

// Bytes returns an Opener for content in memory.
func Bytes(b []byte) Opener {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// A BlobOutcome is how a blob got into a repository.
type BlobOutcome int

const (
	// BlobSent means that its bytes were sent.
	BlobSent BlobOutcome = iota
	// BlobMounted means that the registry mounted it from another repository.
	BlobMounted
	// BlobPresent means that it already existed.
	BlobPresent
)

// PutBlob writes a blob: one POST that starts an upload, one PUT with the content. It does
// not check first whether the blob exists. An attempt that fails temporarily is repeated
// from the start, unless the blob has arrived.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func (r *Registry) PutBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, open Opener) error {
	u := &upload{r: r, repo: repo, desc: desc, open: open}
	if err := u.run(ctx); err != nil {
		return fmt.Errorf("sending to %q: %w (blob %s)", repo, httperr.Brief(err), desc.Digest)
	}
	return nil
}

// CopyBlob writes a blob that the repository from has. If that is in this registry, one POST mounts
// the blob, without checking first whether it exists, because the response is the same. If the
// registry rejects the mount, or from is elsewhere, HEAD checks whether the blob exists; otherwise
// POST starts an upload, and PUT sends the content of open. sending, which may be nil, is called
// once when that begins.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository.
func (r *Registry) CopyBlob(
	ctx context.Context, to, from name.Repository, desc v1.Descriptor, open Opener, sending func(),
) (BlobOutcome, error) {
	u := &upload{r: r, repo: to, desc: desc, open: open, sending: sending}
	if to.RegistryStr() == from.RegistryStr() {
		u.from = from.Digest(desc.Digest.String())
	} else {
		u.ask = true
	}
	if err := u.run(ctx); err != nil {
		return 0, fmt.Errorf("%w (blob %s)", httperr.Brief(err), desc.Digest) // the caller names both repositories
	}
	return u.outcome, nil
}

// upload is the upload of a blob to a repository.
type upload struct {
	r       *Registry
	repo    name.Repository
	desc    v1.Descriptor
	open    Opener
	sending func()

	from         name.Reference // source of a mount
	mountRefused bool
	ask          bool // check first whether it exists
	retrying     bool // after an attempt of which only the response may have been lost
	cuts         int  // connections cut while sending all content in one request
	outcome      BlobOutcome
	started      []*url.URL // uploads in progress

	// Of one attempt:
	ctx         context.Context
	job         func() (release func(), err error) // takes a job again
	release     func()                             // releases the job
	stream      *traffic.Stream                    // of the content, once it may stream
	location    *url.URL                           // upload location
	isElsewhere bool                               // the location is at another host
	chunkMin    int64                              // minimum chunk size in bytes
	chunked     bool                               // the content is sent in chunks
	opening     func() (io.ReadCloser, error)      // of the source, while it is opened
	body        *uploadBody                        // last body sent
	final       error                              // permanent error
	unsent      error                              // error of the request with the content
}

// run makes attempts until the blob exists.
func (u *upload) run(ctx context.Context) error {
	library, err := u.r.library()
	if err != nil {
		return err
	}
	attempts := u.r.retrier.Attempts()
	restarted := false
	defer func() { u.abandon(ctx) }()
	for {
		mounting := u.from != nil && !u.mountRefused
		op := &operation{action: uploadBlob, repo: u.repo, upload: u}
		err := u.attempt(ctx, library, op)
		switch {
		case err == nil:
			return nil
		case u.final != nil && ctx.Err() == nil:
			return httperr.Redact(u.final)
		case u.unsent == nil:
			return err
		case !restarted && (httperr.HasStatus(err, http.StatusUnauthorized) || (mounting || u.chunked) && httperr.IsNotFound(err)):
			restarted = true // the token, or the upload, was too old
			continue
		}
		again, werr := attempts.Again(ctx, op.failure)
		if werr != nil {
			return werr
		}
		if !again {
			return err
		}
		// Only the response may have been lost, and sending again costs more than checking.
		u.ask, u.retrying = true, true
	}
}

// attempt lets the library upload the blob once, in one job: the request that starts the
// upload waits for the job, and the following requests are part of it. The methods in
// upload_requests.go send them.
func (u *upload) attempt(ctx context.Context, l *library, op *operation) error {
	leave, release, err := u.r.limiter.Enter(ctx, nil, false)
	if err != nil {
		return err
	}
	u.release, u.stream = release, nil
	u.job = func() (func(), error) { return u.r.limiter.Job(ctx) }
	defer func() {
		u.stream.Leave()
		u.release()
	}()
	ctx, cancel := context.WithCancel(traffic.InJob(ctx))
	defer cancel() // ends the request to the source, whatever happens to this one
	u.ctx, u.opening, u.body, u.chunked, u.final, u.unsent = ctx, nil, nil, false, nil, nil
	pusher, err := l.newPusher()
	if err == nil {
		err = pusher.Upload(op.begin(ctx), u.repo, u.layer())
	}
	leave(0, 0)
	if u.opening != nil { // and it was not used
		cancel()
		if source, err := u.opening(); err == nil {
			_ = source.Close()
		}
	}
	err, _ = cause(err)
	return err
}

// awaitStream waits until the content may stream. It holds no job meanwhile.
func (u *upload) awaitStream() error {
	if u.stream != nil {
		return nil
	}
	if stream, ok := u.r.streams.TryEnter(u.desc.Size); ok {
		u.stream = stream
		return nil
	}
	u.release()
	stream, err := u.r.streams.Enter(u.ctx, u.desc.Size)
	if err != nil {
		return err
	}
	u.stream = stream
	release, err := u.job()
	if err == nil {
		u.release = release
	}
	return err
}

// layer returns the blob as the library's layer.
func (u *upload) layer() v1.Layer {
	if u.from != nil && !u.mountRefused {
		return &ggcr.MountableLayer{Layer: blobLayer{u}, Reference: u.from}
	}
	return blobLayer{u}
}

// prefetch opens the source while the upload starts: the two may be in two registries.
func (u *upload) prefetch() {
	type opened struct {
		content io.ReadCloser
		err     error
	}
	ch := make(chan opened, 1)
	go func() {
		content, err := u.open(u.ctx)
		ch <- opened{content, err}
	}()
	u.opening = func() (io.ReadCloser, error) { o := <-ch; return o.content, o.err }
}

// source returns the content from its start.
func (u *upload) source() (io.ReadCloser, error) {
	if u.sending != nil {
		u.sending()
		u.sending = nil
	}
	open := u.opening
	if u.opening = nil; open == nil {
		open = func() (io.ReadCloser, error) { return u.open(u.ctx) }
	}
	content, err := open()
	u.final = err
	return content, err
}

// blobLayer is an upload as a layer.
type blobLayer struct{ u *upload }

func (l blobLayer) Digest() (v1.Hash, error)             { return l.u.desc.Digest, nil }
func (l blobLayer) DiffID() (v1.Hash, error)             { return l.u.desc.Digest, nil }
func (l blobLayer) Size() (int64, error)                 { return l.u.desc.Size, nil }
func (l blobLayer) Compressed() (io.ReadCloser, error)   { return l.u.source() }
func (l blobLayer) Uncompressed() (io.ReadCloser, error) { return l.u.source() }

// MediaType returns that of any layer: the library skips non-distributable layers, but here
// the caller decides about them.
func (l blobLayer) MediaType() (types.MediaType, error) { return types.OCILayer, nil }

// uploadBody reports the bytes sent, and records why reading failed, because the transport
// returns its own error.
type uploadBody struct {
	u        *upload
	inner    io.ReadCloser
	stream   *traffic.Stream
	observer traffic.Observer
	req      *http.Request
	left     int64

	mu     sync.Mutex
	err    error
	closed bool
}

// reported returns content of n bytes as the body of req.
func (u *upload) reported(observer traffic.Observer, req *http.Request, content io.ReadCloser, n int64) *uploadBody {
	u.body = &uploadBody{u: u, inner: content, stream: u.stream, observer: observer, req: req, left: n}
	return u.body
}

// cut returns the error of content that ends early, with err.
func (u *upload) cut(err error) error {
	if err == io.EOF { //nolint:errorlint // the end itself: an error of the source may wrap io.EOF
		return fmt.Errorf("the content is shorter than the %d bytes of its descriptor", u.desc.Size)
	}
	return err
}

func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	if n > 0 {
		b.stream.Moved(int64(n))
		b.observer.Emit(b.req, traffic.Event{Kind: traffic.BytesSent, Bytes: int64(n)})
	}
	if b.left -= int64(n); err == io.EOF && b.left > 0 { //nolint:errorlint // as in cut
		err = b.u.cut(err)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // as in cut
		b.mu.Lock()
		if !b.closed && b.err == nil {
			b.err = err
		}
		b.mu.Unlock()
	}
	return n, err
}

func (b *uploadBody) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.inner.Close()
}

func (b *uploadBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
