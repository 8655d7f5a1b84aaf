package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// GetBlob opens a blob for reading. The content is verified: if its digest or size differs
// from the descriptor, or the source can't be read to its end, Read returns an error
// instead of io.EOF. An interrupted stream is resumed with a range request. The caller must
// close the reader.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs.
func (r *Registry) GetBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	content, err := r.getBlob(ctx, repo, desc)
	if err != nil {
		return nil, fmt.Errorf("getting blob %q: %w", blobName(repo, desc.Digest), err)
	}
	return &blobContent{ReadCloser: content, name: blobName(repo, desc.Digest), desc: desc}, nil
}

func (r *Registry) getBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	if desc.Size < 0 {
		return nil, &httperr.DescriptorError{Reason: fmt.Sprintf("its descriptor has the size %d", desc.Size)}
	}
	library, err := r.library()
	if err != nil {
		return nil, err
	}
	op := &operation{action: getBlob, repo: repo, blob: desc}
	layer, err := library.puller.Layer(op.begin(wire.WithStream(ctx)), repo.Digest(desc.Digest.String()))
	if err != nil {
		return nil, err
	}
	content, err := layer.Compressed()
	if err != nil {
		err, _ = cause(err)
		return nil, err
	}
	return content, nil
}

// ReadBlob reads a blob of at most limit bytes into memory, verified.
func (r *Registry) ReadBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, limit int64) ([]byte, error) {
	if desc.Size > limit {
		return nil, fmt.Errorf("getting blob %q: its size of %d bytes exceeds the limit of %d", blobName(repo, desc.Digest), desc.Size, limit)
	}
	content, err := r.GetBlob(ctx, repo, desc)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	return io.ReadAll(content)
}

// HeadBlob returns the size of a blob in bytes; -1 if the registry does not give it. The
// error for a missing blob satisfies IsNotFound.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (r *Registry) HeadBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	size, err := r.headBlob(ctx, repo, h)
	if err != nil {
		return 0, fmt.Errorf("checking for blob %q: %w", blobName(repo, h), err)
	}
	return size, nil
}

func (r *Registry) headBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	library, err := r.library()
	if err != nil {
		return 0, err
	}
	op := &operation{action: headBlob, repo: repo}
	layer, err := library.puller.Layer(op.begin(ctx), repo.Digest(h.String()))
	if err != nil {
		return 0, err
	}
	size, err := layer.Size()
	if err == nil {
		return size, nil
	}
	err, _ = cause(err)
	if httperr.IsAnswer(err) && !httperr.HasStatus(err, http.StatusNotFound, http.StatusTooManyRequests) {
		return r.blobSize(ctx, repo, h)
	}
	return 0, err
}

// blobSize returns the size of a blob for a registry without HEAD: it starts to read it.
func (r *Registry) blobSize(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	req, err := http.NewRequest(http.MethodGet, "/v2/"+repo.RepositoryStr()+"/blobs/"+h.String(), nil)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(wire.WithStream(ctx))
	defer cancel()
	res, err := r.raw.RoundTrip(req.Clone(auth.WithRepository(ctx, repo)))
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	return res.ContentLength, httperr.Check(res, http.StatusOK)
}

func blobName(repo name.Repository, h v1.Hash) string { return repo.Name() + "@" + h.String() }

// blobContent is a blob that the library reads and verifies. It converts the library's
// errors to those of this package, and repeats the first one.
type blobContent struct {
	io.ReadCloser
	name string
	desc v1.Descriptor
	read int64
	err  error
}

func (b *blobContent) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	switch err {
	case nil, io.EOF: // itself: an error of the connection may wrap io.EOF
		b.err = err
	default:
		b.err = fmt.Errorf("getting blob %q: %w", b.name, b.reason(err))
	}
	return n, b.err
}

// reason returns why the blob could not be read. An error that did not come from the stream
// is from the library's verification.
func (b *blobContent) reason(err error) error {
	var stream *streamError
	switch {
	case errors.As(err, &stream):
		return stream.error
	case b.read != b.desc.Size:
		return &httperr.SizeError{Want: b.desc.Size, Got: b.read}
	}
	return &httperr.DigestError{Want: b.desc.Digest, Got: foundDigest(err)}
}

var digestFound = regexp.MustCompile(`got "([^"]*)"`)

// foundDigest returns the digest of the content that the library rejected, which is only in
// the message of the library's error.
func foundDigest(err error) v1.Hash {
	if m := digestFound.FindStringSubmatch(err.Error()); m != nil {
		if h, err := v1.NewHash(m[1]); err == nil {
			return h
		}
	}
	return v1.Hash{}
}
