package registrytest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// listed returns the digests that the referrers API lists, and the answer.
func listed(t testing.TB, s *registrytest.Server, path string) ([]v1.Hash, answer) {
	t.Helper()
	got := ask(t, s, "GET", path, "")
	require.Equal(t, 200, got.status, got.body)
	var index v1.IndexManifest
	require.NoError(t, json.Unmarshal([]byte(got.body), &index))
	digests := []v1.Hash{}
	for _, manifest := range index.Manifests {
		digests = append(digests, manifest.Digest)
	}
	return digests, got
}

// withReferrers starts a server with an image and n referrers of it, and returns the path of the listing.
func withReferrers(t testing.TB, n int) (*registrytest.Server, v1.Descriptor, string) {
	t.Helper()
	s := registrytest.Start(t)
	subject := registrytest.PushImage(t, s.Host+"/app:1", registrytest.ImageSpec{})
	for i := range n {
		kind := fmt.Sprintf("application/vnd.example.%d", i%2)
		s.PushReferrer(t, "app", subject, kind, map[string]string{"n": fmt.Sprint(i)})
	}
	return s, subject, "/v2/app/referrers/" + subject.Digest.String()
}

func TestReferrersQuirks(t *testing.T) {
	t.Parallel()
	t.Run("honest", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 4)
		all, _ := listed(t, s, path)
		require.Len(t, all, 4)
		some, got := listed(t, s, path+"?artifactType=application/vnd.example.1")
		require.Len(t, some, 2)
		require.Equal(t, "artifactType", got.header.Get("OCI-Filters-Applied"))
	})
	t.Run("filter ignored", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 4)
		s.Faults().Add(registrytest.Fault{Do: registrytest.IgnoreFilter()})
		some, got := listed(t, s, path+"?artifactType=application/vnd.example.1")
		require.Len(t, some, 4)
		require.Empty(t, got.header.Get("OCI-Filters-Applied"))
	})
	t.Run("no API", func(t *testing.T) {
		t.Parallel()
		s, subject, path := withReferrers(t, 1)
		s.Faults().Add(registrytest.NoReferrers(registrytest.Status(406))...)
		require.Equal(t, 406, ask(t, s, "GET", path, "").status)
		raw := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[],"subject":{"mediaType":%q,"digest":%q,"size":%d}}`,
			types.OCIImageIndex, subject.MediaType, subject.Digest, subject.Size)
		put := func() answer {
			return ask(t, s, "PUT", "/v2/app/manifests/"+digest(raw), raw, "Content-Type", string(types.OCIImageIndex))
		}
		got := put()
		require.Equal(t, 201, got.status, got.body)
		require.NotContains(t, got.header, "Oci-Subject")
		s.Faults().Clear()
		require.Equal(t, subject.Digest.String(), put().header.Get("OCI-Subject"))
	})
	t.Run("header without listing", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 2)
		s.Faults().Add(registrytest.HeaderWithoutListing()...)
		all, got := listed(t, s, path)
		require.Empty(t, all)
		require.Contains(t, got.body, `"manifests":[]`)
	})
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		s, subject, path := withReferrers(t, 1)
		s.Faults().Add(registrytest.LateListing(3)...)
		var seen []int
		for i := range 5 {
			if i == 2 {
				s.PushReferrer(t, "app", subject, "application/vnd.example.late", nil)
			}
			all, _ := listed(t, s, path)
			seen = append(seen, len(all))
		}
		require.Equal(t, []int{0, 0, 1, 1, 2}, seen)
	})
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 7)
		want, _ := listed(t, s, path)
		s.Faults().Add(registrytest.ReferrersPages(3)...)
		var all []v1.Hash
		var sizes []int
		for path != "" {
			page, got := listed(t, s, path)
			all = append(all, page...)
			sizes = append(sizes, len(page))
			path = ""
			if link := got.header.Get("Link"); link != "" {
				address, rel, ok := strings.Cut(link, ">; ")
				require.True(t, ok)
				require.Equal(t, `rel="next"`, rel)
				path = strings.TrimPrefix(address, "<")
			}
		}
		require.Equal(t, []int{3, 3, 1}, sizes)
		require.Equal(t, want, all)
	})
	t.Run("loop", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 1)
		s.Faults().Add(registrytest.LoopingReferrers()...)
		_, got := listed(t, s, path+"?artifactType=a")
		require.Equal(t, "<"+path+`?artifactType=a>; rel="next"`, got.header.Get("Link"))
	})
	t.Run("endless", func(t *testing.T) {
		t.Parallel()
		s, _, path := withReferrers(t, 1)
		s.Faults().Add(registrytest.EndlessReferrers()...)
		_, got := listed(t, s, path+"?page=41")
		require.Equal(t, "<"+path+`?page=42>; rel="next"`, got.header.Get("Link"))
	})
	t.Run("no repository yet", func(t *testing.T) {
		t.Parallel()
		s, subject, path := withReferrers(t, 1)
		s.Faults().Add(registrytest.NoRepositoryYet()...)
		got := ask(t, s, "GET", "/v2/new/referrers/"+subject.Digest.String(), "")
		require.Equal(t, 404, got.status)
		require.Contains(t, got.body, "NAME_UNKNOWN")
		all, _ := listed(t, s, path)
		require.Len(t, all, 1)
	})
	t.Run("alias", func(t *testing.T) {
		t.Parallel()
		s, subject, _ := withReferrers(t, 1)
		tag := "/v2/app/manifests/sha256-" + subject.Digest.Hex
		require.Equal(t, 404, ask(t, s, "GET", tag, "").status)
		s.Faults().Add(registrytest.GitLabAlias()...)
		got := ask(t, s, "GET", tag, "")
		require.Equal(t, 200, got.status)
		require.Equal(t, subject.Digest.String(), digest(got.body))
		require.Equal(t, 404, ask(t, s, "GET", "/v2/app/manifests/sha256-"+strings.Repeat("0", 64), "").status)
	})
}
