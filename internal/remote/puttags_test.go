package remote

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestPutTags counts the requests to write four tags, and to write them again: at most four if
// the registry does not support several tags per request, and only one if it does.
func TestPutTags(t *testing.T) {
	tags := []string{"1.2", "1", "latest", "edge"}
	refuse := func(status int) registrytest.Fault {
		return registrytest.Fault{
			Match: func(r *http.Request) bool { return r.Method == http.MethodPut && r.URL.RawQuery != "" },
			Do:    registrytest.Answer(status, "application/json", `{"errors":[{"code":"UNSUPPORTED"}]}`),
		}
	}
	for name, test := range map[string]struct {
		taken       registry.TagParameters
		faults      []registrytest.Fault
		first, next int
	}{
		"not known":           {taken: registry.TagsNowhere, first: 4, next: 4},
		"by digest":           {taken: registry.TagsByDigest, first: 2, next: 1},
		"by tag, too":         {taken: registry.TagsAnywhere, first: 1, next: 1},
		"parameters refused":  {taken: registry.TagsNowhere, faults: []registrytest.Fault{refuse(400)}, first: 5, next: 5},
		"too many parameters": {taken: registry.TagsByDigest, faults: []registrytest.Fault{refuse(414)}, first: 5, next: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t, registry.WithTagParameters(test.taken))
			for _, f := range test.faults {
				s.Faults().Add(f)
			}
			repo, err := parseRepository(s.Host + "/team/app")
			require.NoError(t, err)
			c, _ := newClient()
			for i, want := range []int{test.first, test.next} {
				raw := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"n":"` + strconv.Itoa(i) + `"}}`)
				digest := digestOf(t, "sha256", raw)
				s.Reset()
				require.NoError(t, c.PutTags(t.Context(), repo, tags, v1.Descriptor{MediaType: types.OCIImageIndex, Size: int64(len(raw)), Digest: digest}, raw))
				require.Equal(t, want, s.Count("PUT", "/manifests/"))
				for _, tag := range tags {
					d, err := c.HeadManifest(t.Context(), repo.Tag(tag))
					require.NoError(t, err)
					require.Equal(t, digest, d.Digest, tag)
				}
			}
		})
	}
}

// TestPutTagsFails: if the registry writes only some of the tags, the error names one of the
// others.
func TestPutTagsFails(t *testing.T) {
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On("PUT", `/manifests/1$`), Do: registrytest.Answer(403, "application/json", `{"errors":[{"code":"DENIED"}]}`),
	})
	repo, err := parseRepository(s.Host + "/team/app")
	require.NoError(t, err)
	c, _ := newClient()
	digest := digestOf(t, "sha256", emptyIndex)
	err = c.PutTags(t.Context(), repo, []string{"1.2", "1", "latest"}, v1.Descriptor{MediaType: types.OCIImageIndex, Size: int64(len(emptyIndex)), Digest: digest}, emptyIndex)
	require.ErrorContains(t, err, "/team/app:1")
	_, err = c.HeadManifest(t.Context(), repo.Tag("1.2"))
	require.NoError(t, err, "the first tag is written first")
}

func parseRepository(s string) (name.Repository, error) { return name.NewRepository(s) }

// TestTagsThatAreOnlyListed: a tag that a registry lists in OCI-Tag and has not written is
// written on its own.
func TestTagsThatAreOnlyListed(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.Fault{
		Match: func(r *http.Request) bool { return r.Method == http.MethodPut && r.URL.RawQuery != "" },
		Do: func(honest http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Oci-Tag"] = r.URL.Query()["tag"]
				r.URL.RawQuery = ""
				honest.ServeHTTP(w, r)
			})
		},
	})
	repo, err := parseRepository(s.Host + "/team/app")
	require.NoError(t, err)
	c, _ := newClient()
	for i := range 2 { // by tag, and then by digest
		raw := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"n":"` + strconv.Itoa(i) + `"}}`)
		digest := digestOf(t, "sha256", raw)
		tags := []string{"1.2", "1", "latest"}
		require.NoError(t, c.PutTags(t.Context(), repo, tags, v1.Descriptor{MediaType: types.OCIImageIndex, Size: int64(len(raw)), Digest: digest}, raw))
		for _, tag := range tags {
			d, err := c.HeadManifest(t.Context(), repo.Tag(tag))
			require.NoError(t, err)
			require.Equal(t, digest, d.Digest, tag)
		}
	}
}
