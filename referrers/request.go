package referrers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// manifestTypes are accepted with every manifest request: with fewer types, a registry may
// return 404 or convert the manifest.
var manifestTypes = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// A call is a request for a list of referrers.
type call struct {
	method string
	path   string // with query
	header map[string]string
	body   []byte
	// once reports that lower layers must not retry a request with a body: a list that was
	// right when it was sent may be wrong after the wait for a retry.
	once bool
}

// An answer is a response with its complete body.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // for a status of 400 and above, or a redirect that was not followed
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// failure returns the registry's response as an error, even if it is an unexpected success.
func (a *answer) failure() error {
	if a.err != nil {
		return a.err
	}
	return &transport.Error{StatusCode: a.status}
}

// mediaType returns the Content-Type without its parameters.
func (a *answer) mediaType() types.MediaType {
	mt, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return types.MediaType(strings.TrimSpace(a.header.Get("Content-Type")))
	}
	return types.MediaType(mt)
}

// temporary reports whether the same request may succeed later.
func (a *answer) temporary() bool { return traffic.RetryableStatus(a.status) }

// send sends a call and reads the response.
func (c *Client) send(ctx context.Context, repo name.Repository, cl call) (*answer, error) {
	a, err := c.try(ctx, repo, cl)
	if err != nil || !cl.once {
		return a, err
	}
	switch a.status {
	case http.StatusUnauthorized, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		// Nothing was written: the request needs another token or another host.
		cl.once = false
		return c.try(ctx, repo, cl)
	}
	return a, nil
}

func (c *Client) try(ctx context.Context, repo name.Repository, cl call) (*answer, error) {
	var body io.Reader
	if cl.body != nil {
		body = bytes.NewReader(cl.body)
	}
	req, err := http.NewRequestWithContext(ctx, cl.method, cl.path, body)
	if err != nil {
		return nil, fmt.Errorf("building request for %q: %w", cl.path, err)
	}
	if cl.once {
		req.GetBody = nil
	}
	for k, v := range cl.header {
		req.Header.Set(k, v)
	}
	resp, err := c.registries.Do(ctx, repo, req)
	var large *httperr.TooLargeError
	switch {
	case errors.As(err, &large):
		return nil, &ListingError{Source: cl.path, Err: err}
	case err != nil:
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()

	a := &answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, limits.Manifest+1))
	if err != nil {
		return nil, fmt.Errorf("reading response to %s %q: %w", cl.method, cl.path, err)
	}
	if len(a.body) > limits.Manifest {
		return nil, &ListingError{Source: cl.path, Err: fmt.Errorf("response is larger than %d bytes", limits.Manifest)}
	}
	if a.status >= 300 && a.status != http.StatusNotModified {
		resp.Body = io.NopCloser(bytes.NewReader(a.body))
		a.err = httperr.Check(resp)
	}
	return a, nil
}

func manifestPath(repo name.Repository, reference string) string {
	return "/v2/" + repo.RepositoryStr() + "/manifests/" + reference
}
