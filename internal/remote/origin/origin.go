// Package origin tells whether URLs and answers belong to the same origin: the
// scheme, host and port that a credential may be sent to.
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

// RedirectedFrom returns the URL of the first request if redirects led to an answer of
// another origin, and nil otherwise. Answered is the request that was answered in the
// end, as in http.Response.Request.
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

// RedirectsTo returns where an answer redirects to if that is another origin, and nil
// otherwise.
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
