package registry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

// referrersOf lists the referrers of a digest and returns their descriptors by digest.
func referrersOf(t testing.TB, r http.Handler, name, query string) map[string]v1.Descriptor {
	t.Helper()
	got := call(t, r, "GET", "/v2/"+name+"/referrers/"+query, "")
	require.Equal(t, 200, got.Code, got.Body)
	require.Equal(t, ociIndex, got.Header().Get("Content-Type"))
	var index v1.IndexManifest
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &index))
	require.Equal(t, int64(2), index.SchemaVersion)
	require.Equal(t, ociIndex, string(index.MediaType))
	require.NotNil(t, index.Manifests, "an empty list is not null")
	found := make(map[string]v1.Descriptor)
	for _, d := range index.Manifests {
		found[d.Digest.String()] = d
	}
	require.Len(t, found, len(index.Manifests), "no duplicate digests")
	return found
}

// The kinds of descriptors in the specification's example listing, and its rules for each.
func TestReferrers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		subject := imageOf("")
		pushImage(t, r, "app", "1", subject)
		refers := fmt.Sprintf(`"subject":%s,`, descriptor(ociImage, subject))
		require.Empty(t, referrersOf(t, r, "app", sha256Of(subject)))

		sbom := imageOf(refers + `"artifactType":"application/vnd.example.sbom.v1","annotations":{"org.opencontainers.image.created":"2022-01-01T14:42:55Z","org.example.sbom.format":"json"},`)
		untyped := imageOf(refers)
		index := indexOf(refers + `"annotations":{"org.opencontainers.image.created":"2023-01-01T07:21:33Z"},`)
		typedIndex := indexOf(refers + `"artifactType":"application/vnd.example.sbom.v1",`)
		for _, push := range []struct{ mediaType, raw string }{
			{ociImage, sbom}, {ociImage, untyped}, {ociIndex, index}, {ociIndex, typedIndex},
		} {
			got := put(t, r, "app", sha256Of(push.raw), push.mediaType, push.raw)
			require.Equal(t, 201, got.Code, got.Body)
			require.Equal(t, sha256Of(subject), got.Header().Get("OCI-Subject"))
		}
		require.NotContains(t, put(t, r, "app", "2", ociImage, subject).Header(), "Oci-Subject")

		all := referrersOf(t, r, "app", sha256Of(subject))
		require.Len(t, all, 4)
		require.Equal(t, "application/vnd.example.sbom.v1", all[sha256Of(sbom)].ArtifactType)
		require.Equal(t, int64(len(sbom)), all[sha256Of(sbom)].Size)
		require.Equal(t, ociImage, string(all[sha256Of(sbom)].MediaType))
		require.Equal(t, map[string]string{
			"org.opencontainers.image.created": "2022-01-01T14:42:55Z", "org.example.sbom.format": "json",
		}, all[sha256Of(sbom)].Annotations)
		require.Equal(t, ociConfig, all[sha256Of(untyped)].ArtifactType, "the config's type is the default")
		require.Empty(t, all[sha256Of(index)].ArtifactType, "an index has no default")
		require.Equal(t, ociIndex, string(all[sha256Of(index)].MediaType))
		require.Equal(t, "2023-01-01T07:21:33Z", all[sha256Of(index)].Annotations["org.opencontainers.image.created"])

		filtered := call(t, r, "GET", "/v2/app/referrers/"+sha256Of(subject)+"?artifactType=application/vnd.example.sbom.v1", "")
		require.Equal(t, "artifactType", filtered.Header().Get("OCI-Filters-Applied"))
		require.Len(t, referrersOf(t, r, "app", sha256Of(subject)+"?artifactType=application/vnd.example.sbom.v1"), 2)
		require.Len(t, referrersOf(t, r, "app", sha256Of(subject)+"?artifactType=application/vnd.oci.image.config.v1%2Bjson"), 1)
		require.Empty(t, referrersOf(t, r, "app", sha256Of(subject)+"?artifactType=other"))
		unfiltered := call(t, r, "GET", "/v2/app/referrers/"+sha256Of(subject), "")
		require.NotContains(t, unfiltered.Header(), "Oci-Filters-Applied")

		require.Empty(t, referrersOf(t, r, "other", sha256Of(subject)), "referrers belong to a repository")
		require.Equal(t, 202, call(t, r, "DELETE", "/v2/app/manifests/"+sha256Of(sbom), "").Code)
		require.Len(t, referrersOf(t, r, "app", sha256Of(subject)), 3)
		require.Equal(t, 202, call(t, r, "DELETE", "/v2/app/manifests/"+sha256Of(subject), "").Code)
		require.Len(t, referrersOf(t, r, "app", sha256Of(subject)), 3, "a subject may be deleted and pushed again")
	})
}

func TestSubjectMayBeMissing(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	missing := fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":3}`, ociImage, sha512Of("not here"))
	artifact := imageOf(fmt.Sprintf(`"subject":%s,`, missing))
	pushBlob(t, r, "app", "{}")
	got := put(t, r, "app", "1", ociImage, artifact)
	require.Equal(t, 201, got.Code)
	require.Equal(t, sha512Of("not here"), got.Header().Get("OCI-Subject"))
	require.Len(t, referrersOf(t, r, "app", sha512Of("not here")), 1)
}

func TestReferrersDisabled(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, registry.WithReferrersAPI(false))
	subject := imageOf("")
	pushImage(t, r, "app", "1", subject)
	got := put(t, r, "app", "2", ociImage, imageOf(fmt.Sprintf(`"subject":%s,`, descriptor(ociImage, subject))))
	require.Equal(t, 201, got.Code)
	require.NotContains(t, got.Header(), "Oci-Subject")
	require.Equal(t, 404, call(t, r, "GET", "/v2/app/referrers/"+sha256Of(subject), "").Code)
}

// Docker's manifests have no subject: a field of that name is ignored.
func TestDockerManifestHasNoSubject(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	pushBlob(t, r, "app", "{}")
	raw := imageOf(fmt.Sprintf(`"subject":%s,`, descriptor(dockerV2, "x")))
	got := put(t, r, "app", "1", dockerV2, raw)
	require.Equal(t, 201, got.Code)
	require.NotContains(t, got.Header(), "Oci-Subject")
	require.Empty(t, referrersOf(t, r, "app", sha256Of("x")))
}
