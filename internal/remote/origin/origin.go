// Package origin compares the origins of URLs and responses: the scheme, host and port to
// which a credential may be sent.
package origin

import (
	"net/http"
	"net/url"
	"strings"
)

// Same reports whether two URLs have the same scheme, host and port.
func Same(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// RedirectedFrom returns the URL of the first request if redirects led to another origin,
// otherwise nil. answered is the final request, as in http.Response.Request.
func RedirectedFrom(answered *http.Request) *url.URL {
	if answered == nil || answered.URL == nil {
		return nil
	}
	first := answered
	for first.Response != nil && first.Response.Request != nil && first.Response.Request.URL != nil {
		first = first.Response.Request
	}
	if first == answered || Same(first.URL, answered.URL) {
		return nil
	}
	return first.URL
}

// RedirectsTo returns the target of a redirect if it has another origin, otherwise nil.
func RedirectsTo(res *http.Response) *url.URL {
	if res == nil || res.StatusCode < 300 || res.StatusCode > 399 || res.Request == nil {
		return nil
	}
	target, err := res.Location()
	if err != nil || Same(target, res.Request.URL) {
		return nil
	}
	return target
}
