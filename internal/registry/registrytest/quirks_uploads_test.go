package registrytest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestLimitBodies(t *testing.T) {
	t.Parallel()
	const lost = -1 // 413 or 0: it is a race whether the response is seen while the body is sent
	large := strings.Repeat("x", 200_000)
	requireStatus := func(want, got int, how registrytest.BodyLimit) {
		if want == lost && got != 0 {
			want = 413
		}
		require.Equal(t, max(want, 0), got, how)
	}
	for how, want := range map[registrytest.BodyLimit]struct{ status, expecting int }{
		registrytest.RefuseAtOnce: {lost, lost}, registrytest.RefuseAfter: {lost, lost}, registrytest.RefuseDrained: {413, 413},
		registrytest.CutAtOnce: {0, lost}, registrytest.CutSilently: {0, 0},
	} {
		s := registrytest.Start(t)
		s.Faults().Add(registrytest.LimitBodies(100_000, how)...)
		at := ask(t, s, "POST", "/v2/app/blobs/uploads/", "").header.Get("Location")
		path := strings.TrimPrefix(at, s.URL)
		require.Equal(t, 202, ask(t, s, "PATCH", path, large[:100_000]).status)
		requireStatus(want.expecting, ask(t, s, "PATCH", path, large, "Expect", "100-continue").status, how)
		requireStatus(want.status, ask(t, s, "PATCH", path, large).status, how)
	}
}

func TestChunkQuirks(t *testing.T) {
	t.Parallel()
	start := func(s *registrytest.Server) (string, answer) {
		got := ask(t, s, "POST", "/v2/app/blobs/uploads/", "")
		return strings.TrimPrefix(got.header.Get("Location"), s.URL), got
	}
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.ChunkMinLength(5)...)
	path, started := start(s)
	require.Equal(t, "5", started.header.Get("OCI-Chunk-Min-Length"))
	require.Equal(t, 202, ask(t, s, "PATCH", path, "abcde", "Content-Range", "0-4").status)
	require.Equal(t, 202, ask(t, s, "PATCH", path, "fg", "Content-Range", "5-6").status, "it may be the last chunk")
	require.Equal(t, 400, ask(t, s, "PATCH", path, "hijkl", "Content-Range", "7-11").status)

	s = registrytest.Start(t)
	s.Faults().Add(registrytest.TakeHalves(4)...)
	path, _ = start(s)
	got := ask(t, s, "PATCH", path, "abcdefgh", "Content-Range", "0-7")
	require.Equal(t, 202, got.status)
	require.Equal(t, "0-3", got.header.Get("Range"))
	require.Equal(t, 202, ask(t, s, "PATCH", path, "efgh", "Content-Range", "4-7").status)
	require.Equal(t, 201, ask(t, s, "PUT", path+"?digest="+digest("abcdefgh"), "").status)
}
