package remote

import (
	"fmt"
	"net/http"
	"time"
)

// directTransport is what the library's ping and token exchange speak over:
// it repeats as Do does, but takes no job (a request that holds one may be
// waiting for the token) and sets no pace.
type directTransport struct{ c *Client }

func (t *directTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ctx := t.c, req.Context()
	for failures := 1; ; failures++ {
		res, err := c.client.Transport.RoundTrip(req)
		var asked time.Duration
		status := 0
		switch {
		case err != nil:
			err = redact(err)
		default:
			status = res.StatusCode
			asked, _ = retryAfter(res.Header, c.clock.Now())
		}
		if !speaksHTTP(err) { // a try of HTTPS, on which nothing was asked
			c.emit(req, Event{Kind: RequestDone, Status: status, Err: err})
		}
		if to := leavesOrigin(res); to != nil && hasBody(req) {
			// The body of a token request holds the credentials.
			drain(res)
			return nil, &permanentError{fmt.Errorf("the token server %s redirects to %s, which is not trusted with the credentials", req.URL.Host, to.Host)}
		}
		again := err == nil && passing(status) || cut(ctx, err) && !dialing(err)
		if !again || failures >= c.retry.Attempts || asked > c.retry.MaxRetryAfter {
			return res, err
		}
		if hasBody(req) {
			if req.GetBody == nil {
				return res, err
			}
			b, berr := req.GetBody()
			if berr != nil {
				return res, err
			}
			req = req.Clone(ctx)
			req.Body = b
		}
		drain(res)
		wait := max(asked, c.retry.backoff(failures))
		c.emit(req, Event{Kind: Waiting, Wait: wait, Err: err})
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }
