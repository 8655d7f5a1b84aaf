package remote

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// resolveLocation reads the Location header of an upload: relative or absolute, with or
// without a query. Base is the URL that answered with it.
//
// An absolute location at the same host keeps the scheme of base: a registry behind a
// proxy that ends TLS says http and means the proxy.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func resolveLocation(base *url.URL, location string) (*url.URL, error) {
	if location == "" {
		return nil, errors.New("the registry named no location to upload to")
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("the registry named a location that does not parse")
	}
	u = base.ResolveReference(u)
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "" {
		return nil, fmt.Errorf("the registry named a location that is no HTTP address: %q", httperr.CleanText(httperr.CleanURL(u).String()))
	}
	u.User = nil
	u.Fragment = ""
	if sameHost(u, base) {
		u.Scheme, u.Host = base.Scheme, base.Host
	}
	return u, nil
}

// sameHost reports whether two URLs name the same host. A port that is left out may be
// that of either scheme.
func sameHost(a, b *url.URL) bool {
	if strings.EqualFold(a.Host, b.Host) {
		return true
	}
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	return isDefaultPort(a.Port()) && isDefaultPort(b.Port())
}

func isDefaultPort(p string) bool { return p == "" || p == "80" || p == "443" }

// withDigest adds the query parameter that ends an upload.
func withDigest(location *url.URL, digest string) *url.URL {
	out := *location
	q := out.Query()
	q.Set("digest", digest)
	out.RawQuery = q.Encode()
	return &out
}
