package remote

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestBlobRoundTrip(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	ctx := context.Background()
	c, _ := newClient()
	repo := repository(t, s.Host+"/team/app")
	for _, size := range []int{0, 1, 100_000} {
		b := noise(size, 1)
		d := blobOf(t, b)
		_, err := c.HeadBlob(ctx, repo, d.Digest)
		require.True(t, IsNotFound(err), "%v", err)
		s.Reset()
		require.NoError(t, c.PutBlob(ctx, repo, d, Bytes(b)))
		require.Len(t, s.Requests(), 2, "a POST and a PUT")
		n, err := c.HeadBlob(ctx, repo, d.Digest)
		require.NoError(t, err)
		require.EqualValues(t, size, n)
		got, err := c.ReadBlob(ctx, repo, d, 1<<20)
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, got))
	}
	_, err := c.ReadBlob(ctx, repo, blobOf(t, noise(100_000, 1)), 99_999)
	require.ErrorContains(t, err, "exceeds the limit of 99999")
}

func TestManifestRoundTrips(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	ctx := context.Background()
	c, _ := newClient()
	repo := repository(t, s.Host+"/team/app")
	h, err := c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, emptyIndex)
	require.NoError(t, err)
	require.NotEmpty(t, h.Get("Docker-Content-Digest"))
	head, err := c.HeadManifest(ctx, repo.Tag("1"))
	require.NoError(t, err)
	m, err := c.GetManifest(ctx, repo.Digest(head.Digest.String()))
	require.NoError(t, err)
	require.Equal(t, emptyIndex, m.Bytes)
	require.Equal(t, head, m.Descriptor)
	require.Equal(t, types.OCIImageIndex, m.Descriptor.MediaType)

	_, err = c.GetManifest(ctx, repo.Tag("2"))
	require.True(t, IsNotFound(err))
	require.ErrorContains(t, err, `getting manifest "`+repo.Tag("2").String()+`"`)

	require.NoError(t, c.DeleteManifest(ctx, repo.Digest(head.Digest.String())))
	_, err = c.HeadManifest(ctx, repo.Tag("1"))
	require.True(t, IsNotFound(err))
	require.True(t, IsNotFound(c.DeleteManifest(ctx, repo.Digest(head.Digest.String()))))
}

func TestMount(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	ctx := context.Background()
	c, _ := newClient()
	content := noise(1000, 1)
	from, d := filled(t, s, "team/base", content)
	to := repository(t, s.Host+"/team/app")
	copyBlob := func(to name.Repository) BlobOutcome {
		t.Helper()
		became, err := c.CopyBlob(ctx, to, from, d, nil)
		require.NoError(t, err)
		_, err = c.HeadBlob(ctx, to, d.Digest)
		require.NoError(t, err)
		return became
	}

	require.Equal(t, BlobMounted, copyBlob(to))
	require.Equal(t, BlobMounted, copyBlob(to), "an existing blob")
	require.Equal(t, 2, s.Count("POST", registrytest.Uploads))

	s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.RefuseMount()})
	third := repository(t, s.Host+"/team/third")
	s.Reset()
	sending := 0
	became, err := c.CopyBlob(ctx, third, from, d, func() { sending++ })
	require.NoError(t, err)
	require.Equal(t, BlobSent, became)
	require.Equal(t, 1, sending)
	require.Len(t, s.Requests(), 4, "the mount, HEAD, the source, and PUT to the upload started by the mount")
	require.Equal(t, BlobPresent, copyBlob(third))
	require.Equal(t, 1, s.Count("DELETE", registrytest.Uploads), "the upload started by the mount must be canceled")

	s.Reset()
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Uploads), Do: registrytest.ErrorCode(404, "BLOB_UPLOAD_UNKNOWN"), Times: 1})
	require.Equal(t, BlobSent, copyBlob(repository(t, s.Host+"/team/fourth")))
	require.Equal(t, 2, s.Count("POST", registrytest.Uploads), "a lost upload is started again, without a mount")
}

func TestDo(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	c, _ := newClient()
	repo, _ := filled(t, s, "team/app", nil)
	req, err := http.NewRequest(http.MethodGet, "/v2/team/app/tags/list", nil)
	require.NoError(t, err)
	res, err := c.Do(context.Background(), repo, req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"team/app","tags":["1"]}`, string(b))
	require.Equal(t, 1, s.Count("GET", `^/v2/$`), "one ping")
	require.Equal(t, "ocompose", s.Requests()[1].Header.Get("User-Agent"))
}

func TestObserver(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	content := noise(300_000, 1)
	repo, d := filled(t, s, "team/app", content)
	events := make(chan Event, 1000)
	c, _ := newClient(WithObserver(func(e Event) { events <- e }))
	_, err := c.ReadBlob(context.Background(), repo, d, 1<<20)
	require.NoError(t, err)
	require.NoError(t, c.PutBlob(context.Background(), repository(t, s.Host+"/team/copy"), d, Bytes(content)))
	close(events)
	var requests, received, sent int
	for e := range events {
		switch e.Kind {
		case RequestDone:
			requests++
		case BytesReceived:
			received += int(e.Bytes)
		case BytesSent:
			sent += int(e.Bytes)
		}
	}
	require.Equal(t, len(s.Requests()), requests)
	require.Equal(t, len(content), received)
	require.Equal(t, len(content), sent)
}
