package referrers_test

import (
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/referrers"
)

// A write that failed temporarily is not repeated unchanged: the list is read again first.
func TestRetriedWriteReadsAgain(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	push(t, c, f, "a")
	s.Reset()
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Do: registrytest.Status(http.StatusBadGateway), Times: 2})
	push(t, c, f, "b")
	require.Equal(t, []string{"GET", "PUT", "GET", "PUT", "GET", "PUT", "GET"}, tagRequests(s))
}

// If a registry misses an existing manifest for a moment, the list is pushed again. If it always
// does, that is an error.
func TestManifestMissedForAMoment(t *testing.T) {
	const missed = `{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}`
	for times, works := range map[int]bool{1: true, 5: true, 6: false} {
		s := registrytest.Start(t, registry.WithReferrersAPI(false))
		_, d := newClient(t)
		c := referrers.NewWithoutWaiting(referrers.WithRegistries(d))
		f := newFixture(t, d, s.Host, "app")
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Do: registrytest.Answer(http.StatusBadRequest, "application/json", missed), Times: times})
		pushed, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "a"))
		if works {
			require.NoError(t, err, "%d times", times)
			requireListed(t, c, f, pushed)
			continue
		}
		var unsettled *referrers.UnsettledError
		require.ErrorAs(t, err, &unsettled)
		require.ErrorContains(t, err, "blob unknown to registry")
	}
}

func TestWriteGivesUp(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "/manifests/sha256-"), Do: registrytest.Status(http.StatusBadGateway)})
	_, d := newClient(t)
	c := referrers.NewWithoutWaiting(referrers.WithRegistries(d))
	f := newFixture(t, d, s.Host, "app")
	desc, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "a"))
	var unsettled *referrers.UnsettledError
	require.ErrorAs(t, err, &unsettled)
	require.Equal(t, []string{desc.Digest.String()}, unsettled.Missing)
	var answer *transport.Error
	require.ErrorAs(t, err, &answer)
	require.Equal(t, http.StatusBadGateway, answer.StatusCode)
}
