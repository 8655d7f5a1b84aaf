package transfer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

// arrivals counts, by digest, how often a blob was uploaded.
func arrivals(s *registrytest.Server) map[string]int {
	return puts(s, func(r registrytest.Request) bool { return r.Status == 201 })
}

// puts counts, by digest, the uploads that match a condition.
func puts(s *registrytest.Server, holds func(registrytest.Request) bool) map[string]int {
	out := map[string]int{}
	for _, r := range s.Requests() {
		if r.Method == "PUT" && strings.Contains(r.Path, "/blobs/uploads/") && holds(r) {
			out[r.Query.Get("digest")]++
		}
	}
	return out
}

func TestEveryTenthRequestFails(t *testing.T) {
	for name, do := range map[string]registrytest.Behavior{
		"503": registrytest.Status(503), "cut before": registrytest.CutBefore(), "cut after": registrytest.CutAfter(),
		"cut in the answer": registrytest.CutAnswer(100), "cut in the request": registrytest.CutRequest(100),
		"slow down": registrytest.TooManyRequests(0),
	} {
		t.Run(name+", two registries", func(t *testing.T) {
			t.Parallel()
			src, dst := registrytest.Start(t), registrytest.Start(t)
			list := images(t, src, 20, shape{platforms: 2, layers: 3, shared: 1, size: 2000})
			for _, s := range []*registrytest.Server{src, dst} {
				s.Faults().Add(registrytest.Fault{Do: do, Every: 10})
			}
			to := repository(t, dst.Host+"/team/app")
			require.NoError(t, copyAll(newCopier(newClient()), list, to))
			src.Faults().Clear()
			dst.Faults().Clear()
			arrived := arrivals(dst)
			if name == "cut after" { // its response was lost, so it is not recorded
				arrived = puts(dst, func(r registrytest.Request) bool { return r.In > 0 })
			}
			require.Len(t, arrived, 20*2*3+1)
			for digest, n := range arrived {
				require.Equal(t, 1, n, "%s arrived and was sent again", digest)
			}
			for _, img := range list {
				requireWhole(t, to, img.Desc)
			}
		})
		t.Run(name+", one registry", func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			list := images(t, s, 20, shape{platforms: 2, layers: 3, shared: 1, size: 2000})
			s.Faults().Add(registrytest.Fault{Do: do, Every: 10})
			to := repository(t, s.Host+"/team/app")
			require.NoError(t, copyAll(newCopier(newClient()), list, to))
			s.Faults().Clear()
			for _, img := range list {
				requireWhole(t, to, img.Desc)
			}
		})
	}
}

// TestResume interrupts a copy after a random number of requests, ten times, and repeats it:
// content that had arrived is not sent again, and the root never exists before the rest.
func TestResume(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		src, dst := registrytest.Start(t), registrytest.Start(t)
		list := images(t, src, 4, shape{platforms: 2, layers: 4, shared: 1, size: 20_000})
		to := repository(t, dst.Host+"/team/app")
		all := 0
		for stop := true; stop; {
			after := int64(5 + r.IntN(60))
			ctx, cancel := context.WithCancel(context.Background())
			var n atomic.Int64
			c := newClient(remote.WithJobs(4), remote.WithObserver(func(e remote.Event) {
				if e.Kind == remote.RequestDone && n.Add(1) == after {
					cancel()
				}
			}))
			cp := newCopier(c)
			var err error
			for _, s := range list {
				if err = cp.Copy(ctx, s.Repo, s.Desc, to); err != nil {
					break
				}
			}
			stop = err != nil
			if stop {
				require.ErrorIs(t, err, context.Canceled)
				dst.WaitIdle(t) // content that arrives after the check of the next copy is sent again
				requireRootsWhole(t, list, to)
			}
			cancel()
			all++
			require.Less(t, all, 200, "no progress")
		}
		for digest, n := range arrivals(dst) {
			require.Equal(t, 1, n, "round %d: %s arrived and was sent again", round, digest)
		}
		for _, img := range list {
			requireWhole(t, to, img.Desc)
		}
	}
}

// requireRootsWhole requires that each existing root is complete.
func requireRootsWhole(t *testing.T, list []source, to interface{ Name() string }) {
	t.Helper()
	repo := repository(t, to.Name())
	for _, img := range list {
		_, err := reader().HeadManifest(context.Background(), repo.Digest(img.Desc.Digest.String()))
		if err == nil {
			requireWhole(t, repo, img.Desc)
			continue
		}
		require.True(t, remote.IsNotFound(err), "%v", err)
	}
}

func TestRejectedMountsAreUploaded(t *testing.T) {
	for name, fault := range map[string]registrytest.Fault{
		"202":       {Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.RefuseMount()},
		"forbidden": {Match: mounts, Do: registrytest.Status(403)},
		"not found": {Match: mounts, Do: registrytest.ErrorCode(404, "NAME_UNKNOWN")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			list := images(t, s, 2, shape{platforms: 2, layers: 2, shared: 1, size: 5000})
			to := repository(t, s.Host+"/team/app")
			s.Faults().Add(fault)
			require.NoError(t, copyAll(newCopier(newClient()), list, to))
			for _, img := range list {
				requireWhole(t, to, img.Desc)
			}
			blobs := 2*2*2 + 1
			require.Len(t, arrivals(s), blobs)
			if name == "202" {
				require.Equal(t, blobs, s.Count("POST", registrytest.Uploads), "the upload started by a mount must be used")
			}
			// Repeated without the roots, unneeded uploads are canceled.
			s.Reset()
			cp := newCopier(newClient())
			for _, img := range list {
				require.NoError(t, cp.Copy(context.Background(), img.Repo, img.Desc, to, WithoutProbe()))
			}
			require.Empty(t, arrivals(s))
			if name == "202" {
				require.Equal(t, blobs, s.Count("DELETE", registrytest.Uploads))
			}
		})
	}
}

var mounts = registrytest.On("POST", registrytest.Uploads).And(isMount)

func TestTargetWithoutReadAccess(t *testing.T) {
	t.Parallel()
	src, dst := registrytest.Start(t), registrytest.Start(t)
	list := images(t, src, 1, shape{platforms: 2, layers: 2})
	dst.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", ""), Do: registrytest.Status(403)})
	to := repository(t, dst.Host+"/team/app")
	require.NoError(t, copyAll(newCopier(newClient()), list, to))
	dst.Faults().Clear()
	requireWhole(t, to, list[0].Desc)

	dst.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD|POST|PUT", ""), Do: registrytest.Status(403)})
	err := copyAll(newCopier(newClient()), list, repository(t, dst.Host+"/team/other"))
	require.True(t, remote.IsUnauthorized(err), "%v", err)
}

func TestPermanentErrorsAreNotRetried(t *testing.T) {
	for _, status := range []int{401, 403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			src, dst := registrytest.Start(t), registrytest.Start(t)
			list := images(t, src, 1, shape{platforms: 2, layers: 3})
			m, err := reader().GetManifest(context.Background(), list[0].Repo.Digest(list[0].Desc.Digest.String()))
			require.NoError(t, err)
			p, err := graph.Of(m)
			require.NoError(t, err)
			child, err := reader().GetManifest(context.Background(), list[0].Repo.Digest(p.Manifests[0].Digest.String()))
			require.NoError(t, err)
			p, err = graph.Of(child)
			require.NoError(t, err)
			bad := p.Blobs[1].Digest.String()
			src.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", bad), Do: registrytest.Status(status)})
			src.Reset()
			to := repository(t, dst.Host+"/team/app")
			err = newCopier(newClient()).Copy(context.Background(), list[0].Repo, list[0].Desc, to)
			require.ErrorContains(t, err, bad)
			require.ErrorContains(t, err, fmt.Sprintf("copying %q to %q", list[0].Repo.Name()+"@"+list[0].Desc.Digest.String(), to.Name()))
			require.Equal(t, status != 404, remote.IsUnauthorized(err))
			require.Equal(t, status == 404, remote.IsNotFound(err))
			require.Equal(t, 1, src.Count("GET", bad))
			_, err = reader().HeadManifest(context.Background(), to.Digest(list[0].Desc.Digest.String()))
			require.True(t, remote.IsNotFound(err), "no root may exist without its content")
		})
	}
}

func TestWaitingCopyOutlivesTheFirst(t *testing.T) {
	t.Parallel()
	o := newOnceEach()
	ctx, cancel := context.WithCancel(context.Background())
	running, ran := make(chan struct{}), 0
	first := make(chan error, 1)
	go func() {
		first <- o.do(ctx, "x", func() error {
			close(running)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-running
	second := make(chan error, 1)
	go func() {
		second <- o.do(context.Background(), "x", func() error { ran++; return nil })
	}()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	require.NoError(t, <-second)
	require.NoError(t, o.do(context.Background(), "x", func() error { ran++; return nil }))
	require.Equal(t, 1, ran)

	why := errors.New("no")
	require.ErrorIs(t, o.do(context.Background(), "y", func() error { return why }), why)
	require.NoError(t, o.do(context.Background(), "y", func() error { return nil }), "a failure must not be cached")
}
