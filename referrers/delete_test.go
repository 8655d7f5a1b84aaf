package referrers_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

func TestDeleteWithoutSubject(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	s.Reset()
	require.NoError(t, c.Delete(t.Context(), f.subject))
	requireManifest(t, f, f.subject, false)
	require.Empty(t, tagRequests(s))
}

func TestDeleteMissing(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	err := c.Delete(t.Context(), f.repo.Digest(a.Digest.String()))
	require.True(t, remote.IsNotFound(err), "%v", err)
}

// A registry that does not support deletion is detected before its list is changed.
func TestForbiddenDeletionChangesNothing(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false), registry.WithDelete(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	s.Reset()
	var forbidden *referrers.DeletionForbiddenError
	require.ErrorAs(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())), &forbidden)
	require.Equal(t, a.Digest.String(), forbidden.Ref.DigestStr())
	require.Zero(t, s.Count("PUT", ""))
	requireListed(t, c, f, a)
}

// The entry is restored if the deletion fails after it was removed.
func TestFailedDeletionIsUndone(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On("DELETE", "/manifests/"+a.Digest.String()),
		Do:    registrytest.ErrorCode(http.StatusConflict, "DENIED"),
	})
	require.Error(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	requireListed(t, c, f, a, b)
}

// Also if the caller cancels while the registry rejects the deletion.
func TestFailedDeletionIsUndoneAfterCancel(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On("DELETE", "/manifests/"+a.Digest.String()),
		Do: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				giveUp()
				panic(http.ErrAbortHandler)
			})
		},
	})
	require.ErrorIs(t, c.Delete(ctx, f.repo.Digest(a.Digest.String())), context.Canceled)
	requireListed(t, c, f, a, b)
}

// A manifest that another client deletes meanwhile counts as deleted, and its entry is gone.
func TestDeleteConcurrentlyDeleted(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On("DELETE", "/manifests/"+a.Digest.String()),
		Do:    registrytest.ErrorCode(http.StatusNotFound, "MANIFEST_UNKNOWN"),
	})
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	requireListed(t, c, f, b)
}

// On a registry that serves the API, a list from before the API is updated too.
func TestDeleteUpdatesAnOldTag(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	f.setTag(t, tagIndex(t, []v1.Descriptor{a, b}))
	s.Faults().Add(watched(t, f))
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	raw, ok := f.tag(t)
	require.True(t, ok)
	require.NotContains(t, string(raw), a.Digest.String())
	require.Contains(t, string(raw), b.Digest.String())
	requireListed(t, c, f, b)
}

// If tags outlive their manifests, the client does not retry the deletion of the list.
func TestDeleteWhereTagsStay(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	list, ok := f.tag(t)
	require.True(t, ok)
	var emptied atomic.Bool // the tag was written after the deletion
	s.Faults().Add(
		registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Do: func(honest http.Handler) http.Handler {
			emptied.Store(true)
			return honest
		}},
		registrytest.Fault{Match: registrytest.On("GET", "/manifests/sha256-"), Do: func(honest http.Handler) http.Handler {
			if emptied.Load() {
				return honest
			}
			return registrytest.Answer(http.StatusOK, string(types.OCIImageIndex), string(list))(nil)
		}},
	)
	s.Reset()
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	require.Less(t, len(s.Requests()), 20)
	raw, ok := f.tag(t)
	require.True(t, ok)
	require.JSONEq(t, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`, string(raw))
}

// Annotations of other writers stay when the last entry is removed.
func TestEmptyListKeepsAnnotations(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	f.setTag(t, mustJSON(t, v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{a},
		Annotations: map[string]string{"org.example": "kept"},
	}))
	require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
	raw, ok := f.tag(t)
	require.True(t, ok)
	require.JSONEq(t, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"org.example":"kept"}}`, string(raw))
}
