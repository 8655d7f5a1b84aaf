package referrers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/referrers"
)

// tagRequests are the methods of the requests for the referrers tag. Those for the referrers API
// are "GET api".
func tagRequests(s *registrytest.Server) []string {
	var methods []string
	for _, r := range s.Requests() {
		switch {
		case strings.Contains(r.Path, "/manifests/sha256-"):
			methods = append(methods, r.Method)
		case strings.Contains(r.Path, "/referrers/"):
			methods = append(methods, r.Method+" api")
		}
	}
	return methods
}

func push(t testing.TB, c *referrers.Client, f fixture, label string) v1.Descriptor {
	t.Helper()
	d, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, label))
	require.NoError(t, err)
	return d
}

func requireListed(t testing.TB, c *referrers.Client, f fixture, want ...v1.Descriptor) {
	t.Helper()
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.ElementsMatch(t, digests(want), digests(got))
}

func TestRequestsOfAPush(t *testing.T) {
	t.Run("API", func(t *testing.T) {
		s := registrytest.Start(t)
		c, d := newClient(t)
		f := newFixture(t, d, s.Host, "app")
		s.Reset()
		push(t, c, f, "a")
		require.Equal(t, []string{"GET api"}, tagRequests(s))
	})
	t.Run("tag schema", func(t *testing.T) {
		s := registrytest.Start(t, registry.WithReferrersAPI(false))
		c, d := newClient(t)
		f := newFixture(t, d, s.Host, "app")
		s.Reset()
		push(t, c, f, "a")
		require.Equal(t, []string{"GET api", "GET", "PUT", "GET"}, tagRequests(s))

		s.Reset()
		push(t, c, f, "b")
		require.Equal(t, []string{"GET", "PUT", "GET"}, tagRequests(s), "the registry is probed once")
		require.Equal(t, http.StatusNotModified, s.Requests()[len(s.Requests())-1].Status, "checking again transfers nothing")

		s.Reset()
		push(t, c, f, "b")
		require.Equal(t, []string{"GET"}, tagRequests(s), "an existing entry is not written again")
	})
}

func TestOneProbe(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	var wg sync.WaitGroup
	for i := range 8 {
		f := newFixture(t, d, s.Host, fmt.Sprintf("app%d", i))
		wg.Go(func() { push(t, c, f, "a") })
	}
	wg.Wait()
	require.Equal(t, 1, s.Count("GET", "/referrers/"))
}

func TestUnknownRepositoryProvesNothing(t *testing.T) {
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.NoRepositoryYet()...)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	unknown := f
	unknown.subject = f.repo.Registry.Repo("not", "there").Digest(f.subject.DigestStr())
	for range 2 {
		requireListed(t, c, unknown)
	}
	a := push(t, c, f, "a")
	requireListed(t, c, f, a)
	_, tagged := f.tag(t)
	require.False(t, tagged, "the API is still in use")
}

// Concurrent pushes of one process to one subject are written together.
func TestConcurrentPushesShareUpdates(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	const n = 24
	want := make([]v1.Descriptor, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { want[i] = push(t, c, f, label(i)) })
	}
	wg.Wait()
	requireListed(t, c, f, want...)
	require.Less(t, s.Count("PUT", "/manifests/sha256-"), n/2)
}

func TestCancelingOnePushKeepsTheOthers(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")

	// The first push waits at its write until the second is canceled.
	ctx, cancel := context.WithCancel(t.Context())
	reached := make(chan struct{})
	var once sync.Once
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Times: 1, Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			once.Do(func() { close(reached) })
			<-ctx.Done()
			honest.ServeHTTP(w, req)
		})
	}})
	first := make(chan error, 1)
	go func() {
		_, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "first"))
		first <- err
	}()
	<-reached
	second := make(chan error, 1)
	go func() {
		_, err := c.Push(ctx, f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "second"))
		second <- err
	}()
	cancel()
	require.ErrorIs(t, <-second, context.Canceled)
	require.NoError(t, <-first)
	third := push(t, c, f, "third")
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.Contains(t, digests(got), third.Digest.String())
	require.GreaterOrEqual(t, len(got), 2)
}

// watched fails the test if the referrers tag lists a missing manifest after any request.
func watched(t *testing.T, f fixture) registrytest.Fault {
	t.Helper()
	tag := referrers.Tag(f.subject)
	var mu sync.Mutex // so that nothing changes during the check
	return registrytest.Fault{Match: registrytest.On("PUT|DELETE", registrytest.Manifests), Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			honest.ServeHTTP(w, req)
			get := httptest.NewRequest(http.MethodGet, "/v2/"+f.repo.RepositoryStr()+"/manifests/"+tag.TagStr(), nil)
			get.Header.Set("Accept", string(types.OCIImageIndex))
			answer := httptest.NewRecorder()
			honest.ServeHTTP(answer, get)
			var index v1.IndexManifest
			if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &index) != nil {
				return
			}
			for _, d := range index.Manifests {
				path := "/v2/" + f.repo.RepositoryStr() + "/manifests/" + d.Digest.String()
				if !exists(honest, req, path) {
					t.Errorf("after %s %s the list has %s, which does not exist", req.Method, req.URL.Path, d.Digest)
				}
			}
		})
	}}
}

func TestNeverADanglingEntry(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	watch := s.Faults().Add(watched(t, f))
	var pushed []v1.Descriptor
	for i := range 4 {
		pushed = append(pushed, push(t, c, f, label(i)))
	}
	var wg sync.WaitGroup
	for i, p := range pushed {
		wg.Go(func() {
			if i%2 == 0 {
				if err := c.Delete(t.Context(), f.repo.Digest(p.Digest.String())); err != nil {
					t.Error(err)
				}
				return
			}
			push(t, c, f, label(10+i))
		})
	}
	wg.Wait()
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.Len(t, got, 4)
	require.Positive(t, watch.Hits())
}

// Concurrent additions and deletions by several clients give the exact list.
func TestConcurrentAddAndDelete(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	const n = 6
	var old, fresh [n]v1.Descriptor
	for i := range n {
		old[i] = push(t, c, f, "old "+label(i))
	}
	var wg sync.WaitGroup
	for i := range n {
		adding, _ := newClient(t, referrers.WithSettle(100*time.Millisecond))
		deleting, _ := newClient(t, referrers.WithSettle(100*time.Millisecond))
		wg.Go(func() { fresh[i] = push(t, adding, f, "fresh "+label(i)) })
		wg.Go(func() {
			if err := deleting.Delete(t.Context(), f.repo.Digest(old[i].Digest.String())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	requireListed(t, c, f, fresh[:]...)
}

// After a rejected condition has proved that the registry compares before it swaps, writes are
// not checked again.
func TestProvedConditions(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false), registry.WithConditionalRequests(true))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	push(t, c, f, "a")

	// Another writer writes between the read and the write.
	x := f.put(t, types.OCIManifestSchema1, f.artifact(t, typeA, "x"))
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Times: 1, Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			require.NotEmpty(t, req.Header.Get("If-Match"))
			other := httptest.NewRequest(http.MethodPut, req.URL.Path, strings.NewReader(string(tagIndex(t, []v1.Descriptor{x}))))
			other.Header.Set("Content-Type", string(types.OCIImageIndex))
			honest.ServeHTTP(httptest.NewRecorder(), other)
			honest.ServeHTTP(w, req)
		})
	}})
	s.Reset()
	b := push(t, c, f, "b")
	// The entry of a is lost to the other writer, and checked before it is restored.
	require.Equal(t, []string{"GET", "PUT", "GET", "GET", "PUT"}, tagRequests(s))
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Contains(t, digests(got), b.Digest.String())
}
