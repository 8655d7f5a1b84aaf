package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
)

// fetch sends a request without a body and reads the whole answer, which has
// to be a 200 of at most limit bytes. An answer that is cut in its middle is
// asked for again.
func (c *Client) fetch(ctx context.Context, repo name.Repository, req *http.Request, limit int64) (*http.Response, []byte, error) {
	for failures := 1; ; failures++ {
		res, err := c.Do(ctx, repo, req)
		if err != nil {
			return nil, nil, err
		}
		if err := CheckStatus(res, http.StatusOK); err != nil {
			drain(res)
			return nil, nil, err
		}
		if res.ContentLength > limit {
			drain(res)
			return nil, nil, tooLarge(limit)
		}
		b, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
		_ = res.Body.Close()
		switch {
		case int64(len(b)) > limit:
			return nil, nil, tooLarge(limit)
		case err == nil:
			return res, b, nil
		case !cut(ctx, err) || failures >= c.retry.Attempts:
			return nil, nil, redact(err)
		}
		wait := c.retry.backoff(failures)
		c.emit(req, Event{Kind: Waiting, Wait: wait, Err: err})
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
}

func tooLarge(limit int64) error { return fmt.Errorf("it is larger than %d bytes", limit) }
