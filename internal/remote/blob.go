package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func blobPath(repo name.Repository, h v1.Hash) string {
	return "/v2/" + repo.RepositoryStr() + "/blobs/" + h.String()
}

// GetBlob opens a blob for reading. What is read is the descriptor's content:
// where digest or size turn out to be others, or the source stays silent after
// retries, Read returns an error in the place of io.EOF. A stream that is cut
// goes on where it was, with a range request. The caller closes the reader.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs.
func (c *Client) GetBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor) (io.ReadCloser, error) {
	r, err := c.newBlobReader(ctx, repo, desc)
	if err != nil {
		return nil, fmt.Errorf("getting blob %q: %w", blobName(repo, desc.Digest), err)
	}
	return r, nil
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

// HeadBlob tells the size of a blob, in bytes; -1 if the registry leaves it
// out. A blob that isn't there is an error for which IsNotFound holds.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry.
func (c *Client) HeadBlob(ctx context.Context, repo name.Repository, h v1.Hash) (int64, error) {
	req, err := request(http.MethodHead, blobPath(repo, h))
	if err != nil {
		return 0, err
	}
	res, err := c.Do(ctx, repo, req)
	if err == nil {
		defer drain(res)
		err = CheckStatus(res, http.StatusOK)
	}
	if err != nil {
		return 0, fmt.Errorf("asking for blob %q: %w", blobName(repo, h), err)
	}
	return res.ContentLength, nil
}

// MountBlob makes a blob of one repository of a registry that of another one,
// without a byte of it moving and without asking before whether it is there:
// a registry answers alike then. Where the registry won't, mounted is false,
// and uploadLocation, if there is one, is an upload that was started: for
// PutBlobAt or CancelUpload. A mount that is forbidden because of its source
// is one that the registry won't.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository.
func (c *Client) MountBlob(ctx context.Context, to, from name.Repository, h v1.Hash) (mounted bool, uploadLocation string, err error) {
	q := url.Values{"mount": {h.String()}, "from": {from.RepositoryStr()}}
	mounted, loc, err := c.startUpload(ctx, to, q)
	if err != nil {
		return false, "", fmt.Errorf("mounting blob %q from %q: %w", blobName(to, h), from, err)
	}
	if loc != nil {
		uploadLocation = loc.String()
	}
	return mounted, uploadLocation, nil
}

// startUpload starts an upload, or makes one unnecessary (created).
func (c *Client) startUpload(ctx context.Context, repo name.Repository, q url.Values) (created bool, location *url.URL, err error) {
	path := "/v2/" + repo.RepositoryStr() + "/blobs/uploads/"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	req, err := request(http.MethodPost, path)
	if err != nil {
		return false, nil, err
	}
	res, err := c.Do(ctx, repo, req)
	if err != nil {
		return false, nil, err
	}
	defer drain(res)
	if err := CheckStatus(res, http.StatusCreated, http.StatusAccepted); err != nil {
		return false, nil, err
	}
	if res.StatusCode == http.StatusCreated {
		if len(q) == 0 {
			return false, nil, errors.New("the registry answered the start of an upload with 201")
		}
		return true, nil, nil
	}
	location, err = resolveLocation(c.base(repo), res.Header.Get("Location"))
	return false, location, err
}

// base is the address of a registry, which has been pinged.
func (c *Client) base(repo name.Repository) *url.URL {
	h := c.hostOf(repo.Registry)
	h.mu.Lock()
	defer h.mu.Unlock()
	return &url.URL{Scheme: h.scheme, Host: h.name, Path: "/v2/" + repo.RepositoryStr() + "/blobs/uploads/"}
}

// CancelUpload gives up an upload that was started. One at another host, which the
// registry named, is left to it: that host is asked for nothing but to take the content.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#canceling-a-blob-upload.
func (c *Client) CancelUpload(ctx context.Context, repo name.Repository, location string) error {
	at, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("cancelling an upload to %q: the location does not parse", repo)
	}
	if !sameOrigin(at, c.base(repo)) {
		return nil
	}
	req, err := request(http.MethodDelete, location)
	if err != nil {
		return err
	}
	res, err := c.Do(ctx, repo, req)
	if err == nil {
		defer drain(res)
		err = CheckStatus(res, http.StatusNoContent, http.StatusOK, http.StatusAccepted, http.StatusNotFound)
	}
	if err != nil {
		return fmt.Errorf("cancelling an upload to %q: %w", repo, err)
	}
	return nil
}

func blobName(repo name.Repository, h v1.Hash) string { return repo.Name() + "@" + h.String() }
