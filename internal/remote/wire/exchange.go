package wire

import (
	"net/http"
	"net/url"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// An Exchange is a request and how it was answered. It has nothing secret: no headers, no
// login in the URL, and no values of parameters that may sign it.
type Exchange struct {
	Method string
	URL    *url.URL
	// Status is that of the answer; 0 where there was none, because of Err.
	Status int
	Err    error
	// Took is the time until the answer began.
	Took time.Duration
	// Bytes is how much the answer says to hold; -1 where it does not say.
	Bytes int64
}

// exchangeLog tells of each request.
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
