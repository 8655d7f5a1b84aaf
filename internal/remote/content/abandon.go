package content

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

// Canceling failed uploads is a courtesy that takes no longer than this, and less if the
// command was canceled.
const (
	abandonTime         = 3 * time.Second
	abandonTimeCanceled = 500 * time.Millisecond
)

// abandon cancels the uploads that did not become the blob: a registry may keep them and
// their content for days. It must be called last, when no more content can arrive.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#canceling-a-blob-upload.
func (u *upload) abandon(ctx context.Context) {
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
		if res, err := u.r.raw.RoundTrip(req); err == nil { //nolint:bodyclose // Drain closes it
			traffic.Drain(res)
		}
	}
	u.started = nil
}

// begun records the location of an upload from the response that returned it.
func (u *upload) begun(location *url.URL, res *http.Response) {
	u.location = location
	u.isElsewhere = origin.RedirectedFrom(res.Request) != nil || !origin.Same(location, res.Request.URL)
	// Other hosts only receive content. And a blob must not be deleted because of the content of
	// a response.
	if !u.isElsewhere && strings.Contains(location.Path, "/blobs/upload") {
		u.started = append(u.started, location)
	}
}

// ended removes the record of the upload: it became the blob, or was canceled.
func (u *upload) ended() {
	u.started = slices.DeleteFunc(u.started, func(l *url.URL) bool { return l == u.location })
}
