package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// GetBlob opens a blob for reading. What is read is the descriptor's content: if its
// digest or size are others, or the source can't be read to its end, Read returns an error
// in place of io.EOF. A stream that is cut continues where it was, with a range request.
// The caller closes the reader.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs.
func (c *Client) GetBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	content, err := c.getBlob(ctx, repo, desc)
	if err != nil {
		return nil, fmt.Errorf("getting blob %q: %w", blobName(repo, desc.Digest), err)
	}
	return &blobContent{ReadCloser: content, name: blobName(repo, desc.Digest), desc: desc}, nil
}

func (c *Client) getBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	if desc.Size < 0 {
		return nil, &httperr.DescriptorError{Reason: fmt.Sprintf("its descriptor has the size %d", desc.Size)}
	}
	library, err := c.hostOf(repo.Registry).library()
	if err != nil {
		return nil, err
	}
	op := &operation{action: getBlob, repo: repo, blob: desc}
	layer, err := library.puller.Layer(op.begin(withStream(ctx)), repo.Digest(desc.Digest.String()))
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
func (c *Client) ReadBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, limit int64) ([]byte, error) {
	if desc.Size > limit {
		return nil, fmt.Errorf("getting blob %q: its %d bytes are more than the %d allowed", blobName(repo, desc.Digest), desc.Size, limit)
	}
	r, err := c.GetBlob(ctx, repo, desc)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// HeadBlob tells the size of a blob, in bytes; -1 if the registry leaves it out. For a
// blob that is not there, IsNotFound holds for the error.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (c *Client) HeadBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	size, err := c.headBlob(ctx, repo, h)
	if err != nil {
		return 0, fmt.Errorf("asking for blob %q: %w", blobName(repo, h), err)
	}
	return size, nil
}

func (c *Client) headBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	library, err := c.hostOf(repo.Registry).library()
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
		return c.blobSize(ctx, repo, h)
	}
	return 0, err
}

// blobSize asks for the size of a blob in the way that a registry without HEAD knows: it
// starts to read it.
func (c *Client) blobSize(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	req, err := http.NewRequest(http.MethodGet, "/v2/"+repo.RepositoryStr()+"/blobs/"+h.String(), nil)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(withStream(ctx))
	defer cancel()
	res, err := c.Do(ctx, repo, req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	return res.ContentLength, httperr.Check(res, http.StatusOK)
}

func blobName(repo name.Repository, h v1.Hash) string { return repo.Name() + "@" + h.String() }

// blobContent is a blob that the library reads and verifies. It tells its errors as this
// package does, and repeats the first one.
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

// reason is why the blob could not be read. What did not come from the stream is the
// library's verification.
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

// foundDigest is the digest of the content that the library did not accept. The library's
// error has it in its text only.
func foundDigest(err error) v1.Hash {
	if m := digestFound.FindStringSubmatch(err.Error()); m != nil {
		if h, err := v1.NewHash(m[1]); err == nil {
			return h
		}
	}
	return v1.Hash{}
}
