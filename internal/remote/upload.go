package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Opener opens the content of a blob from its start. It is called once an
// attempt, with a context whose requests are part of the upload's job: a
// GetBlob with it takes no job of its own.
type Opener func(ctx context.Context) (io.ReadCloser, error)

// Bytes returns an Opener of content that is in memory.
func Bytes(b []byte) Opener {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// PutBlob writes a blob: one POST that starts an upload, one PUT that streams
// the content. It doesn't ask before whether the blob is there. An attempt
// that fails for a passing reason is made again from the start, unless the
// blob turns out to have arrived.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put.
func (c *Client) PutBlob(ctx context.Context, repo name.Repository, desc v1.Descriptor, open Opener) error {
	return c.PutBlobAt(ctx, repo, "", desc, open)
}

// PutBlobAt is PutBlob into an upload that was started before: the location
// that MountBlob returned. With an empty location it starts one.
func (c *Client) PutBlobAt(ctx context.Context, repo name.Repository, location string, desc v1.Descriptor, open Opener) error {
	u := &upload{c: c, repo: repo, desc: desc, open: open}
	if location != "" {
		loc, err := url.Parse(location)
		if err != nil {
			return fmt.Errorf("putting blob %q: the location to upload to does not parse", blobName(repo, desc.Digest))
		}
		u.location = loc
	}
	if err := u.run(ctx); err != nil {
		return fmt.Errorf("putting blob %q: %w", blobName(repo, desc.Digest), err)
	}
	return nil
}

// upload is one blob on its way in.
type upload struct {
	c        *Client
	repo     name.Repository
	desc     v1.Descriptor
	open     Opener
	location *url.URL
}

func (u *upload) run(ctx context.Context) error {
	restarted := false
	for failures := 0; ; {
		given := u.location != nil
		res, final, err := u.put(ctx)
		u.location = nil // whatever came of it, it can't be used again
		if final != nil {
			return final
		}
		if err == nil {
			err = CheckStatus(res, http.StatusCreated, http.StatusNoContent, http.StatusOK)
			drain(res)
			if err == nil {
				return nil
			}
			if !restarted && (res.StatusCode == http.StatusUnauthorized || given && hasStatus(err, http.StatusNotFound)) {
				restarted = true // a token, or the given upload, was too old
				continue
			}
			if !passing(res.StatusCode) {
				return err
			}
		} else if !cut(ctx, err) {
			return redact(err)
		}
		failures++
		asked, tooLong := u.c.asked(res)
		if failures >= u.c.retry.Attempts || tooLong {
			return redact(err)
		}
		wait := max(u.c.retry.backoff(failures), asked)
		u.c.emit(nil, Event{Kind: Waiting, Wait: wait, Err: err})
		if err := u.c.clock.Sleep(ctx, wait); err != nil {
			return err
		}
		// Only the answer may have been lost, and bytes cost more than a question.
		if _, err := u.c.HeadBlob(ctx, u.repo, u.desc.Digest); err == nil {
			return nil
		}
	}
}

// put starts the upload, where that wasn't done, and streams the content to its
// location in one request. final is set where nothing here can mend it: the
// upload could not be started, or the content not be read.
func (u *upload) put(ctx context.Context) (res *http.Response, final, err error) {
	// Admitted is the request that starts the upload. It is sent as part of the job,
	// and so does not count by itself.
	leave, release, err := u.c.admit(ctx, u.c.hostOf(u.repo.Registry), nil, false)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	ctx, cancel := context.WithCancel(withSlot(ctx))
	defer cancel() // ends the source's request too, whatever happens to this one
	content, err := u.begin(ctx, cancel)
	leave(0, 0)
	if err != nil {
		return nil, err, nil
	}
	req, err := http.NewRequest(http.MethodPut, withDigest(u.location, u.desc.Digest.String()).String(), nil)
	if err != nil {
		_ = content.Close()
		return nil, nil, err
	}
	body := &uploadBody{inner: content, c: u.c, req: req}
	req.Header.Set("Content-Type", "application/octet-stream")
	if u.desc.Size == 0 {
		_, err := io.Copy(io.Discard, body)
		_ = body.Close()
		if err != nil {
			return nil, err, nil
		}
		req.Body = http.NoBody
	} else {
		req.Body, req.ContentLength = body, u.desc.Size
	}
	res, err = u.c.Do(ctx, u.repo, req)
	if serr := body.failure(); serr != nil && ctx.Err() == nil {
		if res != nil {
			drain(res)
		}
		return nil, serr, nil
	}
	if err != nil {
		return nil, nil, err
	}
	// The answer is read before the context, and with it the answer, ends.
	b, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(b))
	return res, nil, nil
}

// begin starts the upload, where that wasn't done, while the source opens: two
// registries, or one, asked at the same time. cancel ends ctx.
func (u *upload) begin(ctx context.Context, cancel func()) (content io.ReadCloser, err error) {
	var opening sync.WaitGroup
	var unopened error
	opening.Go(func() { content, unopened = u.open(ctx) })
	if u.location == nil {
		if _, u.location, err = u.c.startUpload(ctx, u.repo, nil); err != nil {
			cancel()
		}
	}
	opening.Wait()
	switch {
	case unopened != nil:
		return nil, cmp.Or(err, unopened)
	case err != nil:
		_ = content.Close()
		return nil, err
	}
	return content, nil
}

// asked is the wait that an answer asks for, and whether that is too long.
func (c *Client) asked(res *http.Response) (wait time.Duration, tooLong bool) {
	if res == nil {
		return 0, false
	}
	d, _ := retryAfter(res.Header, c.clock.Now())
	return d, d > c.retry.MaxRetryAfter
}

// uploadBody counts what is sent and remembers why reading it failed: the
// transport, which reads it, reports a failure of its own.
type uploadBody struct {
	inner io.ReadCloser
	c     *Client
	req   *http.Request

	mu     sync.Mutex
	err    error
	closed bool
}

func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	if n > 0 {
		b.c.emit(b.req, Event{Kind: BytesSent, Bytes: int64(n)})
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.mu.Lock()
		if !b.closed && b.err == nil {
			b.err = err
		}
		b.mu.Unlock()
	}
	return n, err
}

func (b *uploadBody) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.inner.Close()
}

func (b *uploadBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
