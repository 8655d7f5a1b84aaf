package action

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/store"
)

// twoTags pushes a package with two tags: a release candidate and a release.
func twoTags(t *testing.T, host string) (candidate, release name.Tag) {
	t.Helper()
	made := push(t, shopAt(t, host, artifact.Bundled), "1.0-rc1")
	client := newSession()
	_, err := publish.Copy(t.Context(), client, at(made.Digest.Context().Tag("1.0-rc1")), client.Registry(made.Digest.Context()), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1.0"}})
	require.NoError(t, err)
	return made.Digest.Context().Tag("1.0-rc1"), made.Digest.Context().Tag("1.0")
}

// deleteTag deletes a package by its tag.
func deleteTag(t *testing.T, tag name.Tag, options remove.Options) (*remove.Deletion, error) {
	t.Helper()
	client, where := newSession(), at(tag)
	d, err := remove.Plan(t.Context(), client, where, options)
	require.NoError(t, err)
	return d, remove.Delete(t.Context(), where.Store, d)
}

// deletesByTag are the ways in which registries handle the deletion of a tag.
var deletesByTag = map[string]struct {
	fault func(host string) registrytest.Fault
	works bool
}{
	"only the tag": {nil, true},
	"405":          {func(string) registrytest.Fault { return registrytest.Fault{Do: registrytest.Status(405)} }, false},
	"400":          {func(string) registrytest.Fault { return registrytest.Fault{Do: registrytest.Status(400)} }, false},
	"404":          {func(string) registrytest.Fault { return registrytest.Fault{Do: registrytest.Status(404)} }, false},
	"501":          {func(string) registrytest.Fault { return registrytest.Fault{Do: registrytest.Status(501)} }, false},
	"202, and nothing is deleted": {func(string) registrytest.Fault {
		return registrytest.Fault{Do: registrytest.Status(202)}
	}, false},
	"the manifest with all its tags": {func(string) registrytest.Fault {
		return registrytest.Fault{Do: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				for _, tag := range []string{"1.0", "1.0-rc1"} {
					one := req.Clone(req.Context())
					one.URL.Path = req.URL.Path[:strings.LastIndexByte(req.URL.Path, '/')+1] + tag
					next.ServeHTTP(w, one)
				}
			})
		}}
	}, true},
}

func TestDeletingATagKeepsTheOthers(t *testing.T) {
	for way, tc := range deletesByTag {
		t.Run(way, func(t *testing.T) {
			s := registrytest.Start(t)
			candidate, release := twoTags(t, s.Host)
			if tc.fault != nil {
				fault := tc.fault(s.Host)
				fault.Match = registrytest.On("DELETE", "/manifests/1.0")
				s.Faults().Add(fault)
			}
			d, err := deleteTag(t, candidate, remove.Options{Images: true})
			require.Equal(t, []string{"1.0-rc1"}, d.Tags)
			require.Equal(t, []string{"1.0"}, d.Others)
			require.Empty(t, d.Manifests)
			require.True(t, verifyAt(t, release).OK)
			_, gone := newSession().Fetch(t.Context(), at(candidate))
			if tc.works {
				require.NoError(t, err)
				require.Error(t, gone)
				// Deleting the last tag deletes the package.
				d, err = deleteTag(t, release, remove.Options{Images: true})
				require.NoError(t, err)
				require.Len(t, d.Manifests, 10)
				return
			}
			var shared *remove.SharedError
			require.ErrorAs(t, err, &shared)
			require.Equal(t, []string{"1.0"}, shared.Tags)
			require.ErrorContains(t, err, candidate.Name()+" is also tagged 1.0, and the registry can't delete the tag")
			require.NoError(t, gone)
			d, err = deleteTag(t, candidate, remove.Options{AllTags: true})
			require.NoError(t, err)
			require.Equal(t, []string{"1.0", "1.0-rc1"}, d.Tags)
			require.Len(t, d.Manifests, 4)
			_, err = newSession().Fetch(t.Context(), at(release))
			require.Error(t, err)
		})
	}
}

func TestADigestWithSeveralTagsIsNotDeleted(t *testing.T) {
	s := registrytest.Start(t)
	_, release := twoTags(t, s.Host)
	digest := release.Digest(fetch(t, release).Digest().String())
	_, err := remove.Plan(t.Context(), newSession(), at(digest), remove.Options{})
	var shared *remove.SharedError
	require.ErrorAs(t, err, &shared)
	require.ErrorContains(t, err, "is also tagged 1.0, 1.0-rc1")
	d, err := remove.Plan(t.Context(), newSession(), at(digest), remove.Options{AllTags: true})
	require.NoError(t, err)
	require.Equal(t, []string{"1.0", "1.0-rc1"}, d.Tags)
	require.Len(t, d.Manifests, 4)
}

func TestDeletingATagOnRealRegistries(t *testing.T) {
	for kind, start := range map[string]func(testing.TB) string{
		"embedded without the referrers API": func(t testing.TB) string { return registrytest.Start(t, registry.WithReferrersAPI(false)).Host },
		"distribution 3":                     func(t testing.TB) string { return realtest.Distribution(t) },
		"docker-registry 2.8":                func(t testing.TB) string { return realtest.DockerRegistry(t) },
	} {
		t.Run(kind, func(t *testing.T) {
			candidate, release := twoTags(t, start(t))
			_, err := deleteTag(t, candidate, remove.Options{})
			require.True(t, verifyAt(t, release).OK)
			_, gone := newSession().Fetch(t.Context(), at(candidate))
			var shared *remove.SharedError
			if err != nil {
				require.ErrorAs(t, err, &shared)
				require.NoError(t, gone)
			} else {
				require.Error(t, gone)
			}
			t.Logf("%v", err)
		})
	}
}

// TestDeletingWhereTagsStay deletes from a registry that stores tags separately from manifests.
func TestDeletingWhereTagsStay(t *testing.T) {
	server := httptest.NewServer(ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	candidate, release := twoTags(t, server.Listener.Addr().String())
	d, err := deleteTag(t, candidate, remove.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"1.0"}, d.Others)
	require.True(t, verifyAt(t, release).OK)
	_, err = newSession().Fetch(t.Context(), at(candidate))
	require.Error(t, err)

	candidate, release = twoTags(t, server.Listener.Addr().String())
	_, err = deleteTag(t, candidate, remove.Options{AllTags: true})
	require.NoError(t, err)
	for _, tag := range []name.Tag{candidate, release} {
		_, err = at(tag).Store.Lookup(t.Context(), tag.TagStr())
		require.True(t, store.IsNotFound(err), "%s: %v", tag, err)
	}
}

// TestDeleteBoundsNestedIndexes: another tag refers to indexes that list each other many
// times.
func TestDeleteBoundsNestedIndexes(t *testing.T) {
	s := registrytest.Start(t)
	made := push(t, shopAt(t, s.Host, artifact.Loose), "1")
	registrytest.PushNested(t, s.Host+"/shop:nested", 40, 2)
	d, err := remove.Plan(t.Context(), newSession(), at(made.Digest.Context().Tag("1")), remove.Options{})
	require.NoError(t, err)
	require.Len(t, d.Manifests, 4)
}
