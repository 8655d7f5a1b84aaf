package referrers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// overwriteAfter simulates another writer that undoes the nth write of the referrers tag: it read
// the list before and does not know later entries.
func overwriteAfter(n int, raw []byte) registrytest.Fault {
	return registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), After: n - 1, Times: 1, Do: func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			honest.ServeHTTP(w, req)
			other := httptest.NewRequest(http.MethodPut, req.URL.Path, strings.NewReader(string(raw)))
			other.Header.Set("Content-Type", string(types.OCIImageIndex))
			honest.ServeHTTP(httptest.NewRecorder(), other)
		})
	}}
}

func TestLostEntryIsRestored(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	another, _ := newClient(t)
	a, b := push(t, another, f, "a"), push(t, another, f, "b")

	x := f.put(t, types.OCIManifestSchema1, f.artifact(t, typeA, "x"))
	s.Faults().Add(overwriteAfter(1, tagIndex(t, []v1.Descriptor{b, x})))
	mine := push(t, c, f, "mine")
	requireListed(t, c, f, a, b, x, mine)
}

// An entry that this process has seen is not restored if its manifest was deleted.
func TestDeletedEntryIsNotRestored(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")

	another, _ := newClient(t)
	require.NoError(t, another.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	s.Reset()
	last := push(t, c, f, "c")
	for _, r := range s.Requests() {
		require.True(t, r.Method != http.MethodPut || r.Status == http.StatusCreated, "no rejected list with the entry")
	}
	requireListed(t, c, f, b, last)
	raw, ok := f.tag(t)
	require.True(t, ok)
	require.NotContains(t, string(raw), a.Digest.String())
}

// A writer that read the list earlier restores the entry of a deleted manifest. The deletion
// removes it again.
func TestDeletionOutlivesAStaleWriter(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	s.Faults().Add(overwriteAfter(1, tagIndex(t, []v1.Descriptor{a, b})))
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	requireListed(t, c, f, b)
}
