package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// CheckLogin checks a login at a registry. The error satisfies IsUnauthorized if the
// registry or its token server denies the login. checked is false if the registry requires
// no login, so that the login could not be checked.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func (c *Client) CheckLogin(ctx context.Context, registry name.Registry, login authn.AuthConfig) (checked bool, err error) {
	h := c.hostOf(registry)
	if err := c.ping(ctx, h); err != nil {
		return false, err
	}
	header, asked, err := h.login.HeaderFor(ctx, login)
	if err != nil {
		return true, fmt.Errorf("logging in to registry %q: %w", h.name, err)
	}
	if !asked {
		return false, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.knownScheme()+"://"+h.name+"/v2/", nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", header)
	res, err := c.direct.RoundTrip(req)
	if err != nil {
		return true, fmt.Errorf("logging in to registry %q: %w", h.name, httperr.Redact(err))
	}
	defer res.Body.Close()
	if err := httperr.Check(res, http.StatusOK); err != nil {
		return true, fmt.Errorf("logging in to registry %q: %w", h.name, err)
	}
	return true, nil
}
