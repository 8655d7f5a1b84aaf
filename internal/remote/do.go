package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Do sends a request that concerns repo and returns the final answer,
// whatever its status. req.URL may be a path ("/v2/…"): scheme and host of
// the repository's registry are filled in. To another host no credentials go.
//
// It takes a job for each attempt and gives it back when the body of the
// answer is read to its end or closed, which the caller must do. Answers 408,
// 429 and 5xx and cut connections are repeated as the retry policy says,
// unless the request has a body that GetBody can't open again. Cancelling ctx
// ends it at once.
func (c *Client) Do(ctx context.Context, repo name.Repository, req *http.Request) (*http.Response, error) {
	h := c.hostOf(repo.Registry)
	if err := c.ping(ctx, h); err != nil {
		closeBody(req)
		return nil, err
	}
	id, err := c.identityOf(ctx, h, repo)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	x := &call{c: c, h: h, id: id, repo: repo, req: c.complete(h, req)}
	return x.run(ctx)
}

// complete fills in what a request to a registry leaves out.
func (c *Client) complete(h *host, req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	h.mu.Lock()
	scheme := h.scheme
	h.mu.Unlock()
	if out.URL.Host == "" {
		out.URL.Host = h.name
		out.URL.Scheme = scheme
	}
	if out.URL.Host == h.name {
		out.URL.Scheme = scheme
	}
	out.Host = ""
	return out
}

// call is one request on its way through attempts.
type call struct {
	c    *Client
	h    *host
	id   *identity
	repo name.Repository
	req  *http.Request

	failures  int
	refreshed bool
	sent      bool // the body was used up
}

func (x *call) run(ctx context.Context) (*http.Response, error) {
	need, extra := needOf(x.repo, x.req)
	foreign := x.req.URL.Host != x.h.name
	for {
		st := stamp{scheme: x.req.URL.Scheme, host: x.h.name}
		var tok *bearer
		if !foreign {
			var err error
			if st.authorization, tok, err = x.c.authorization(ctx, x.h, x.id, need, extra); err != nil {
				closeBody(x.req)
				return nil, err
			}
		}
		res, err := x.attempt(withStamp(ctx, st))
		// Only the registry itself says how to authenticate to it: a host that it redirected
		// to could ask for the registry's credentials, or for wider tokens.
		own := err == nil && !foreign && redirectedFrom(res.Request) == nil
		if own && res.StatusCode == http.StatusUnauthorized && !x.refreshed {
			x.refreshed = true
			if x.refresh(res, tok, &need) {
				if !x.rewind() {
					return res, nil // the caller, who can open the body again, asks once more
				}
				drain(res)
				continue
			}
			if unknown := unknownChallenge(res, x.h.name); unknown != nil {
				drain(res)
				return nil, unknown
			}
		}
		wait, again := x.again(ctx, res, err)
		if !again {
			if err != nil {
				return nil, redact(err)
			}
			return res, nil
		}
		drain(res)
		x.c.emit(x.req, Event{Kind: Waiting, Wait: wait, Err: err})
		if err := x.c.clock.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// attempt sends the request once.
func (x *call) attempt(ctx context.Context) (*http.Response, error) {
	c := x.c
	leave, release, err := c.admit(ctx, x.h, x.req, patient(x.req))
	if err != nil {
		closeBody(x.req)
		return nil, err
	}
	req := x.req.Clone(ctx)
	x.sent = true
	res, err := c.client.Do(req)
	status, after := 0, time.Duration(0)
	if err == nil {
		status = res.StatusCode
		if passing(status) {
			after, _ = retryAfter(res.Header, c.clock.Now())
			after = min(after, c.retry.MaxRetryAfter)
		}
		if status == http.StatusTooManyRequests && after == 0 {
			after = c.retry.backoff(x.failures + 1)
		}
	}
	leave(status, after)
	c.emit(x.req, Event{Kind: RequestDone, Status: status, Err: err})
	if err != nil {
		release()
		return nil, err
	}
	if req.Method == http.MethodHead || res.ContentLength == 0 || res.StatusCode == http.StatusNoContent {
		_ = res.Body.Close()
		res.Body = http.NoBody
		release()
		return res, nil
	}
	res.Body = &slotBody{inner: res.Body, c: c, req: x.req, release: release}
	return res, nil
}

// admit waits until a registry bears one more request, and then for a job to send
// it in. The caller calls leave once, with how it was answered (status 0: not at
// all), and release to give the job back. req, for the observer, may be nil.
func (c *Client) admit(ctx context.Context, h *host, req *http.Request, patient bool) (leave func(status int, after time.Duration), release func(), err error) {
	part := holdsSlot(ctx)
	waiting := func(d time.Duration) { c.emit(req, Event{Kind: Waiting, Wait: d}) }
	if err := h.pace.enter(ctx, part, waiting); err != nil {
		return nil, nil, err
	}
	release, err = c.takeSlot(ctx, patient)
	if err != nil {
		h.pace.leave(part, 0, 0)
		return nil, nil, err
	}
	return func(status int, after time.Duration) { h.pace.leave(part, status, after) }, release, nil
}

// again decides whether the request is sent once more, and when.
func (x *call) again(ctx context.Context, res *http.Response, err error) (time.Duration, bool) {
	var asked time.Duration
	switch {
	case err != nil:
		if !cut(ctx, err) {
			return 0, false
		}
	case !passing(res.StatusCode):
		return 0, false
	default:
		asked, _ = retryAfter(res.Header, x.c.clock.Now())
		if asked > x.c.retry.MaxRetryAfter {
			return 0, false
		}
	}
	x.failures++
	if x.failures >= x.c.retry.Attempts || !x.rewind() {
		return 0, false
	}
	return max(asked, x.c.retry.backoff(x.failures)), true
}

// rewind makes the body ready to be sent once more, if it can be.
func (x *call) rewind() bool {
	if !hasBody(x.req) {
		return true
	}
	if x.req.GetBody == nil {
		return false
	}
	b, err := x.req.GetBody()
	if err != nil {
		return false
	}
	x.req.Body = b
	return true
}

// refresh takes a 401 as what it says: the token is too old or too narrow, or
// the registry wants to be authenticated to after all. It reports whether
// another try can go better.
func (x *call) refresh(res *http.Response, tok *bearer, need *scopes) bool {
	ch, ok := pickChallenge(parseChallenges(res.Header))
	if tok != nil {
		x.id.reject(tok.value)
		if ok && ch.params["scope"] != "" {
			*need = need.union(parseScopes(ch.params["scope"]))
		}
		return true
	}
	if !ok || x.id.config.RegistryToken != "" {
		return false
	}
	return x.h.adopt(ch)
}

// drain reads what little a failed answer holds, so that its connection can
// be used again, and gives back its job.
func drain(res *http.Response) {
	if res == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10)
	_ = res.Body.Close()
}

// request builds a request without a body.
func request(method, path string) (*http.Request, error) {
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		return nil, fmt.Errorf("building a request for %q: %w", path, err)
	}
	return req, nil
}
