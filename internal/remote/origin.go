package remote

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A RedirectedError says that a registry redirected a request to another host and that
// host refused it. The other host speaks for itself only: what it says about
// authentication is not about the registry.
type RedirectedError struct {
	// From is the registry's host, To the one that answered.
	From, To string
	// Err is the answer.
	Err error
}

func (e *RedirectedError) Error() string {
	return fmt.Sprintf("%s redirected to %s, which refused the request: %v", e.From, e.To, e.Err)
}

// Unwrap returns the answer.
func (e *RedirectedError) Unwrap() error { return e.Err }

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// redirectedFrom returns the URL that was asked first, where the answer came from another
// origin in the end, or nil.
func redirectedFrom(answered *http.Request) *url.URL {
	if answered == nil || answered.URL == nil {
		return nil
	}
	first := answered
	for first.Response != nil && first.Response.Request != nil && first.Response.Request.URL != nil {
		first = first.Response.Request
	}
	if first == answered || sameOrigin(first.URL, answered.URL) {
		return nil
	}
	return first.URL
}

// leavesOrigin returns the target of a redirect to another origin, or nil.
func leavesOrigin(res *http.Response) *url.URL {
	if res == nil || res.StatusCode < 300 || res.StatusCode > 399 || res.Request == nil {
		return nil
	}
	target, err := res.Location()
	if err != nil || sameOrigin(target, res.Request.URL) {
		return nil
	}
	return target
}
