package traffic

import (
	"io"
	"net/http"
	"time"
)

// HasBody reports whether a request has a body.
func HasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

// Rewind returns the request as it was before it was sent, and false if its body can't be
// reopened.
func Rewind(req *http.Request) (*http.Request, bool) {
	if !HasBody(req) {
		return req, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	out := req.Clone(req.Context())
	out.Body = body
	return out, true
}

// drainTime is how long to wait to be able to reuse a connection.
const drainTime = time.Second

// Drain reads the short rest of a response, so that its connection can be reused, and
// closes it. The response may be nil.
func Drain(res *http.Response) {
	if res == nil {
		return
	}
	timer := time.AfterFunc(drainTime, func() { _ = res.Body.Close() })
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10)
	_ = res.Body.Close()
}

// CloseBody closes the body of a request that is not sent.
func CloseBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
