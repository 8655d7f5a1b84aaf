package wire

import (
	"net/http"
	"net/url"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// An Exchange is a request and its response. It contains no secrets: no headers, no
// credentials in the URL, and no values of parameters that may be signatures.
type Exchange struct {
	Method string
	URL    *url.URL
	// Status is the response status; 0 if the request failed with Err.
	Status int
	Err    error
	// Took is the time until the response began.
	Took time.Duration
	// Bytes is the content length of the response; -1 if unknown.
	Bytes int64
}

// exchangeLog logs each request.
type exchangeLog struct {
	inner http.RoundTripper
	log   func(Exchange)
}

// RoundTrip implements http.RoundTripper.
func (t *exchangeLog) RoundTrip(req *http.Request) (*http.Response, error) {
	begun := time.Now()
	res, err := t.inner.RoundTrip(req)
	e := Exchange{Method: req.Method, URL: httperr.CleanURL(req.URL), Took: time.Since(begun), Bytes: -1}
	if err != nil {
		e.Err = httperr.Redact(err)
	} else {
		e.Status, e.Bytes = res.StatusCode, res.ContentLength
	}
	t.log(e)
	return res, err
}
