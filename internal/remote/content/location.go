package content

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// resolveLocation parses the Location header of an upload: relative or absolute, with or
// without a query. base is the URL of the response.
//
// An absolute location at the same host keeps the scheme of base: a registry behind a proxy
// that terminates TLS returns http although the proxy uses https.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func resolveLocation(base *url.URL, location string) (*url.URL, error) {
	if location == "" {
		return nil, errors.New("the registry returned no upload location")
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("the registry returned an invalid upload location")
	}
	u = base.ResolveReference(u)
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "" {
		return nil, fmt.Errorf("the registry returned an upload location that is not an HTTP URL: %q", httperr.CleanText(httperr.CleanURL(u).String()))
	}
	u.User = nil
	u.Fragment = ""
	if sameHost(u, base) {
		u.Scheme, u.Host = base.Scheme, base.Host
	}
	return u, nil
}

// sameHost reports whether two URLs have the same host. A missing port matches the default
// port of either scheme.
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

// withDigest adds the query parameter that finishes an upload.
func withDigest(location *url.URL, digest string) *url.URL {
	out := *location
	q := out.Query()
	q.Set("digest", digest)
	out.RawQuery = q.Encode()
	return &out
}
