package referrers_test

import (
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// A registry that serves the API but fails to read the referrers tag may still have a list there:
// that is an error, while a 4xx response is not.
func TestListNeedsTheTag(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	for status, fails := range map[int]bool{
		http.StatusBadRequest: false, http.StatusForbidden: false,
		http.StatusInternalServerError: true, http.StatusBadGateway: true,
	} {
		active := s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET|HEAD", referrersTag), Do: registrytest.Status(status)})
		fresh, _ := newClient(t)
		found, err := fresh.List(t.Context(), f.subject)
		if fails {
			require.Error(t, err, "status %d", status)
		} else {
			require.NoError(t, err, "status %d", status)
			require.Len(t, found, 1)
			require.Equal(t, a.Digest, found[0].Digest)
		}
		active.Remove()
	}
}

// A list without types is completed from the manifests. A manifest with the wrong digest is
// ignored: its entry stays unchanged, and the others are completed.
func TestListIgnoresMismatchedManifests(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a, b := push(t, c, f, "a"), push(t, c, f, "b")
	s.Faults().Add(withoutTypes()...)
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On("GET|HEAD", "/manifests/"+a.Digest.String()),
		Do:    registrytest.Answer(http.StatusOK, string(a.MediaType), `{"schemaVersion":2,"artifactType":"application/vnd.example.other","layers":[]}`),
	})
	fresh, _ := newClient(t)
	found, err := fresh.List(t.Context(), f.subject)
	require.NoError(t, err)
	types := map[v1.Hash]string{}
	for _, d := range found {
		types[d.Digest] = d.ArtifactType
	}
	require.Equal(t, map[v1.Hash]string{a.Digest: "", b.Digest: b.ArtifactType}, types)
}

// A registry that requires a login does not forbid deletion: the error is about the login, and
// the list stays unchanged.
func TestDeleteWithoutLoginChangesNothing(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false))
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	s.Reset()
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("DELETE", ""), Do: registrytest.ErrorCode(http.StatusUnauthorized, "UNAUTHORIZED")})
	err := c.Delete(t.Context(), f.repo.Digest(a.Digest.String()))
	require.True(t, remote.IsUnauthorized(err), "%v", err)
	var forbidden *referrers.DeletionForbiddenError
	require.NotErrorAs(t, err, &forbidden)
	require.Zero(t, s.Count("PUT", ""))
	requireListed(t, c, f, a)
}
