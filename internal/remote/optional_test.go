package remote

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// mountRequests are the POST requests for a mount.
var mountRequests = registrytest.On("POST", registrytest.Uploads).And(func(req *http.Request) bool { return req.URL.Query().Has("mount") })

// countMounts counts the mount requests for a blob.
func countMounts(s *registrytest.Server) int {
	n := 0
	for _, req := range s.Requests() {
		if req.Method == http.MethodPost && req.Query.Has("mount") {
			n++
		}
	}
	return n
}

// attempts is how often an optional request that fails with 5xx is sent.
const attempts = 3

// TestRejectedMountsBecomeUploads: after any response to a mount, the blob is uploaded if
// possible.
func TestRejectedMountsBecomeUploads(t *testing.T) {
	t.Parallel()
	for _, status := range []int{202, 400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 451, 500, 501, 502, 503, 504, 521} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			c, _ := newClient()
			from, d := filled(t, s, "team/base", noise(1000, 1))
			do := registrytest.ErrorCode(status, "UNSUPPORTED")
			if status == 202 {
				do = registrytest.RefuseMount()
			}
			s.Faults().Add(registrytest.Fault{Match: mountRequests, Do: do})
			to := repository(t, s.Host+"/team/app")
			became, err := c.CopyBlob(context.Background(), to, from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobSent, became)
			_, err = c.HeadBlob(context.Background(), to, d.Digest)
			require.NoError(t, err)
			want := 1
			if status >= 500 && status != 501 {
				want = attempts
			}
			require.Equal(t, want, countMounts(s))

			became, err = c.CopyBlob(context.Background(), to, from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobPresent, became, "an existing blob must not be uploaded again")
			require.Equal(t, want+1, countMounts(s), "mounts that will fail must not be retried")
		})
	}
}

func TestMountIsRetried(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]registrytest.Behavior{
		"429": registrytest.TooManyRequests(1), "500": registrytest.Status(500), "503": registrytest.Status(503), "cut": registrytest.CutBefore(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			c, _ := newClient()
			from, d := filled(t, s, "team/base", noise(1000, 1))
			s.Faults().Add(registrytest.Fault{Match: mountRequests, Do: do, Times: attempts - 1})
			became, err := c.CopyBlob(context.Background(), repository(t, s.Host+"/team/app"), from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobMounted, became)
			require.Equal(t, attempts, countMounts(s))
		})
	}
}

// TestFailedMountIsNotUploaded: only a rejection is. A registry that does not respond, or
// limits the rate, does not accept an upload either.
func TestFailedMountIsNotUploaded(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]registrytest.Behavior{"429": registrytest.TooManyRequests(1), "cut": registrytest.CutBefore()} {
		s := registrytest.Start(t)
		c, _ := newClient()
		from, d := filled(t, s, "team/base", noise(1000, 1))
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: do})
		_, err := c.CopyBlob(context.Background(), repository(t, s.Host+"/team/app"), from, d, nil)
		require.Error(t, err, name)
		require.Equal(t, DefaultRetry().Attempts, s.Count("POST", registrytest.Uploads), name)
		require.Zero(t, s.Count("GET|HEAD", registrytest.Blobs), name)
	}
}
