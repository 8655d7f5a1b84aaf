package remote

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/remote/origin"
	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// Ending uploads that failed is a courtesy, which takes no longer than this, and less if the
// command was canceled.
const (
	abandonTime         = 3 * time.Second
	abandonTimeCanceled = 500 * time.Millisecond
)

// abandon ends the uploads that were started and did not become the blob: a registry may
// keep them, and what was sent, for days. It comes last, when nothing may still arrive in
// one of them.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#canceling-a-blob-upload.
func (u *upload) abandon(ctx context.Context, r *host) {
	if len(u.started) == 0 {
		return
	}
	limit := abandonTime
	if ctx.Err() != nil {
		limit = abandonTimeCanceled
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	op := &operation{action: uploadBlob, repo: u.repo, upload: u}
	for _, location := range u.started {
		req, err := http.NewRequestWithContext(op.begin(traffic.InJob(ctx)), http.MethodDelete, location.String(), nil)
		if err != nil {
			continue
		}
		if res, err := r.raw.RoundTrip(req); err == nil { //nolint:bodyclose // Drain closes it
			traffic.Drain(res)
		}
	}
	u.started = nil
}

// begun takes note of where the content of an upload goes, given the answer that told it.
func (u *upload) begun(location *url.URL, res *http.Response) {
	u.location = location
	u.isElsewhere = origin.RedirectedFrom(res.Request) != nil || !origin.Same(location, res.Request.URL)
	// Another host is asked for nothing but to take the content. And a blob must not be
	// deleted, whatever an answer says.
	if !u.isElsewhere && strings.Contains(location.Path, "/blobs/upload") {
		u.started = append(u.started, location)
	}
}

// ended forgets the upload in progress: it became the blob, or was canceled.
func (u *upload) ended() {
	u.started = slices.DeleteFunc(u.started, func(l *url.URL) bool { return l == u.location })
}
