package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// MaxManifestSize limits the size of a manifest, and of every other response that is not a
// blob, in bytes.
const MaxManifestSize = limits.Manifest

// WithResponseLimit lowers the limit of a manifest, or of another response that is not a blob,
// to n bytes: a larger one is a *TooLargeError. Stores that are files apply it to manifests.
func WithResponseLimit(ctx context.Context, n int64) context.Context { return wire.WithLimit(ctx, n) }

// ResponseLimit returns the limit of a manifest in bytes: MaxManifestSize, or less after
// WithResponseLimit.
func ResponseLimit(ctx context.Context) int64 { return wire.LimitOf(ctx, MaxManifestSize) }

// Do sends a request for repo and returns the final response, with any status. The URL
// may be a path ("/v2/…"): scheme and host are those of the repository's registry.
// Credentials are not sent to other hosts.
//
// The response body is in memory, at most MaxManifestSize bytes; a larger body is a
// *TooLargeError. Statuses 408, 429 and 5xx, broken connections and truncated responses are
// retried according to the retry policy, unless the request has a body that GetBody can't
// reopen. Canceling ctx ends it immediately.
func (c *Client) Do(ctx context.Context, repo name.Repository, req *http.Request) (*http.Response, error) {
	return c.hostOf(repo.Registry).raw.RoundTrip(req.Clone(auth.WithRepository(ctx, repo)))
}

// get returns the response to a GET of a path, which must have status 200.
func (c *Client) get(ctx context.Context, repo name.Repository, path string) (http.Header, []byte, error) {
	req, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("building a request for %q: %w", path, err)
	}
	res, err := c.Do(ctx, repo, req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if err := httperr.Check(res, http.StatusOK); err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(res.Body)
	return res.Header, body, err
}
