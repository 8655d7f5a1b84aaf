package wire

import "net/http"

// UserAgent sets the User-Agent header of requests that have none.
type UserAgent struct {
	Inner http.RoundTripper
	Value string
}

// RoundTrip implements http.RoundTripper.
func (t *UserAgent) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.Value != "" && req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", t.Value)
	}
	return t.Inner.RoundTrip(req)
}
