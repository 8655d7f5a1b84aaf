package content

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// conversation records the library's requests, and passes them to a registry. If change returns a
// response, that replaces the registry's.
type conversation struct {
	registry http.Handler
	change   func(*http.Request) *http.Response
	asked    []string
}

func (c *conversation) RoundTrip(req *http.Request) (*http.Response, error) {
	line := req.Method + " " + req.URL.RequestURI()
	for _, h := range []string{"Accept", "Content-Type", "Range", "Authorization", "User-Agent", "If-Match", "If-None-Match"} {
		if v := req.Header.Get(h); v != "" {
			line += fmt.Sprintf(" %s=%s", h, v)
		}
	}
	if req.Body != nil && req.Body != http.NoBody {
		line += fmt.Sprintf(" (%d bytes)", req.ContentLength)
	}
	c.asked = append(c.asked, line)
	if c.change != nil {
		if res := c.change(req); res != nil {
			res.Request = req
			return res, nil
		}
	}
	w := httptest.NewRecorder()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	c.registry.ServeHTTP(w, req)
	res := w.Result()
	res.Request = req
	return res, nil
}

// took returns the requests since the last call.
func (c *conversation) took() []string {
	asked := c.asked
	c.asked = nil
	return asked
}

// TestLibraryConversation shows the requests that go-containerregistry sends to a registry, and
// how it handles the responses. The shortcuts depend on all of it. If this fails after an upgrade
// of the library, check each of them before you change the expectations here.
func TestLibraryConversation(t *testing.T) {
	handler, err := registry.New()
	require.NoError(t, err)
	t.Cleanup(func() { _ = handler.Close() })
	talk := &conversation{registry: handler}
	lib, err := newLibrary(mustRegistry(t, "registry.example"), talk)
	require.NoError(t, err)
	ctx := context.Background()
	from, to := repository(t, "registry.example/from"), repository(t, "registry.example/to")
	content := noise(1000, 1)
	layer := static.NewLayer(content, types.OCILayer)
	d := blobOf(t, content)
	upload := func(l v1.Layer) error {
		p, err := lib.newPusher()
		require.NoError(t, err)
		return p.Upload(ctx, to, l)
	}
	mountable := &ggcr.MountableLayer{Layer: layer, Reference: from.Digest(d.Digest.String())}
	blob := "/v2/to/blobs/" + d.Digest.String()
	const start = "POST /v2/to/blobs/uploads/"

	t.Run("Upload", func(t *testing.T) {
		require.NoError(t, upload(layer))
		asked := talk.took()
		require.Len(t, asked, 4)
		require.Equal(t, "HEAD "+blob, asked[0])
		require.Equal(t, start+" Content-Type=application/json", asked[1])
		require.Regexp(t, `^PATCH /v2/to/blobs/uploads/\S+ Content-Type=application/octet-stream \(1000 bytes\)$`, asked[2])
		require.Regexp(t, `^PUT /v2/to/blobs/uploads/\S+digest=`+strings.ReplaceAll(d.Digest.String(), ":", "%3A")+` Content-Type=application/octet-stream$`, asked[3])

		require.NoError(t, upload(layer))
		require.Equal(t, []string{"HEAD " + blob}, talk.took(), "an existing blob")
	})

	t.Run("MountableLayer", func(t *testing.T) {
		mount := start + "?from=from&mount=" + strings.ReplaceAll(d.Digest.String(), ":", "%3A") + "&origin=registry.example Content-Type=application/json"
		absent := func(req *http.Request) *http.Response {
			if req.Method == http.MethodHead {
				return answer(req, http.StatusNotFound)
			}
			return nil
		}
		for status, want := range map[int][]string{
			http.StatusCreated:   {"HEAD " + blob, mount},
			http.StatusForbidden: {"HEAD " + blob, mount, start + " Content-Type=application/json", "PATCH", "PUT"},
			http.StatusNotFound:  {"HEAD " + blob, mount, start + " Content-Type=application/json", "PATCH", "PUT"},
		} {
			talk.change = func(req *http.Request) *http.Response {
				if req.URL.Query().Has("mount") {
					return answer(req, status)
				}
				return absent(req)
			}
			require.NoError(t, upload(mountable))
			asked := talk.took()
			require.Len(t, asked, len(want), "%d", status)
			for i := range want {
				require.True(t, strings.HasPrefix(asked[i], want[i]), "%d: %s", status, asked[i])
			}
		}
		talk.change = func(req *http.Request) *http.Response {
			if req.Method == http.MethodPost {
				res := answer(req, http.StatusAccepted)
				res.Header.Set("Location", "/another/place?state=1")
				return res
			}
			if strings.HasPrefix(req.URL.Path, "/another/") {
				res := answer(req, map[string]int{http.MethodPatch: http.StatusAccepted, http.MethodPut: http.StatusCreated}[req.Method])
				res.Header.Set("Location", "/another/place?state=2")
				return res
			}
			return absent(req)
		}
		require.NoError(t, upload(mountable))
		asked := talk.took()
		require.Len(t, asked, 4, "the upload started by a rejected mount must be used")
		require.Contains(t, asked[2], "PATCH /another/place?state=1 ")
		require.Contains(t, asked[3], "PUT /another/place?digest=")
		talk.change = nil
	})

	t.Run("a Pusher remembers what it uploaded", func(t *testing.T) {
		p, err := lib.newPusher()
		require.NoError(t, err)
		require.NoError(t, p.Upload(ctx, to, layer))
		require.NoError(t, p.Upload(ctx, to, layer))
		require.Len(t, talk.took(), 1)
	})

	t.Run("Put", func(t *testing.T) {
		require.NoError(t, lib.pusher.Put(ctx, to.Tag("1"), encoded{emptyIndex, types.OCIImageIndex, blobOf(t, emptyIndex).Digest}))
		require.Equal(t, []string{fmt.Sprintf("PUT /v2/to/manifests/1 Content-Type=%s (%d bytes)", types.OCIImageIndex, len(emptyIndex))}, talk.took())

		index := blobOf(t, emptyIndex)
		subject := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"manifests":[],"subject":{"mediaType":%q,"size":%d,"digest":%q}}`,
			types.OCIImageIndex, types.OCIImageIndex, index.Size, index.Digest)
		require.NoError(t, lib.pusher.Put(ctx, to.Tag("2"), encoded{subject, types.OCIImageIndex, blobOf(t, subject).Digest}))
		asked := talk.took()
		require.Len(t, asked, 2, "the tag schema must not be used if the referrers API returns 200")
		require.Equal(t, "GET /v2/to/referrers/"+index.Digest.String()+" Accept="+string(types.OCIImageIndex), asked[1])
	})

	t.Run("Get and Head", func(t *testing.T) {
		got, err := lib.puller.Get(ctx, to.Tag("1"))
		require.NoError(t, err)
		require.Equal(t, emptyIndex, got.Manifest)
		require.Equal(t, types.OCIImageIndex, got.MediaType)
		_, err = lib.puller.Head(ctx, to.Tag("1"))
		require.NoError(t, err)
		asked := talk.took()
		require.Len(t, asked, 2)
		var accept []string
		for i, method := range []string{"GET", "HEAD"} {
			line, accepts, _ := strings.Cut(asked[i], " Accept=")
			require.Equal(t, method+" /v2/to/manifests/1", line)
			accept = append(accept, accepts)
		}
		require.Equal(t, accept[0], accept[1])

		for _, missing := range []string{digestHeader, "Content-Type", "Content-Length"} {
			talk.change = func(req *http.Request) *http.Response {
				res := answer(req, http.StatusOK)
				res.ContentLength = -1
				for k, v := range map[string]string{digestHeader: got.Digest.String(), "Content-Type": string(types.OCIImageIndex)} {
					if k != missing {
						res.Header.Set(k, v)
					}
				}
				if missing != "Content-Length" {
					res.ContentLength = 10
				}
				return res
			}
			_, err = lib.puller.Head(ctx, to.Tag("1"))
			require.ErrorContains(t, err, missing)
			_, ours := cause(err)
			require.False(t, ours, "the library's complaint")
		}
		talk.change, talk.asked = nil, nil
	})

	t.Run("Layer", func(t *testing.T) {
		l, err := lib.puller.Layer(ctx, to.Digest(d.Digest.String()))
		require.NoError(t, err)
		require.Empty(t, talk.took())
		_, err = l.Size()
		require.NoError(t, err)
		require.Equal(t, []string{"HEAD " + blob}, talk.took())
		rc, err := l.Compressed()
		require.NoError(t, err)
		got, err := io.ReadAll(rc)
		require.NoError(t, err)
		require.Equal(t, content, got)
		require.Equal(t, []string{"GET " + blob}, talk.took())

		wrong := noise(1000, 2)
		talk.change = func(req *http.Request) *http.Response {
			res := answer(req, http.StatusOK)
			res.Body, res.ContentLength = io.NopCloser(strings.NewReader(string(wrong))), int64(len(wrong))
			return res
		}
		rc, err = l.Compressed()
		require.NoError(t, err)
		_, err = io.ReadAll(rc)
		require.Error(t, err)
		require.Equal(t, blobOf(t, wrong).Digest, foundDigest(err), "the digest of the content is in the text of %q", err)
		talk.change, talk.asked = nil, nil
	})

	t.Run("Delete", func(t *testing.T) {
		require.NoError(t, lib.pusher.Delete(ctx, to.Tag("1")))
		require.Equal(t, []string{"DELETE /v2/to/manifests/1"}, talk.took())
		talk.change = func(req *http.Request) *http.Response { return answer(req, http.StatusNoContent) }
		require.Error(t, lib.pusher.Delete(ctx, to.Tag("1")), "204 is not accepted by the library")
	})
}

func mustRegistry(t *testing.T, s string) name.Registry {
	t.Helper()
	r, err := name.NewRegistry(s)
	require.NoError(t, err)
	return r
}
