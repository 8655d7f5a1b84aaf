package remote

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestSuccessByAnyStatus: registries respond to successful requests with other statuses than the
// specification's.
func TestSuccessByAnyStatus(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, change := range map[string]func(method string, status int) int{
		"200 for all":              func(string, int) int { return http.StatusOK },
		"201 for started":          func(string, int) int { return http.StatusCreated },
		"202 for completed writes": func(method string, status int) int { return map[bool]int{true: status, false: 202}[method == "POST"] },
		"204 for completed writes": func(method string, status int) int { return map[bool]int{true: status, false: 204}[method == "POST"] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST|PATCH|PUT|DELETE", "."), Do: registrytest.Rewrite(func(req *http.Request, a *registrytest.Response) {
				if a.Status < 300 {
					a.Status = change(req.Method, a.Status)
				}
			})})
			c, _ := newClient()
			from, to := repository(t, s.Host+"/team/base"), repository(t, s.Host+"/team/app")
			content := noise(1000, 1)
			d := blobOf(t, content)
			require.NoError(t, c.PutBlob(ctx, from, d, Bytes(content)))
			became, err := c.CopyBlob(ctx, to, from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobMounted, became)
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.RefuseMount()})
			third := repository(t, s.Host+"/team/third")
			became, err = c.CopyBlob(ctx, third, from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobSent, became)
			_, err = c.HeadBlob(ctx, third, d.Digest)
			require.NoError(t, err)
			_, err = c.PutManifest(ctx, to.Tag("1"), types.OCIImageIndex, emptyIndex)
			require.NoError(t, err)
			require.NoError(t, c.DeleteManifest(ctx, to.Tag("1")))
			_, err = c.GetManifest(ctx, to.Tag("1"))
			require.True(t, IsNotFound(err), "%v", err)
		})
	}
}

// TestWebPageIsAnError: something in front of the registry responds to writes with a web page.
func TestWebPageIsAnError(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := noise(1000, 1)
	for name, do := range map[string]registrytest.Behavior{"page": registrytest.HTML(200), "login": registrytest.RedirectToLogin(), "created": registrytest.HTML(201)} {
		for _, match := range []string{"POST " + registrytest.Uploads, "PUT " + registrytest.Uploads, "PUT " + registrytest.Manifests, "DELETE " + registrytest.Manifests} {
			t.Run(name+" "+match, func(t *testing.T) {
				t.Parallel()
				s := registrytest.Start(t)
				repo, _ := filled(t, s, "team/app", content)
				c, _ := newClient()
				method, path, _ := strings.Cut(match, " ")
				s.Faults().Add(registrytest.Fault{Match: registrytest.On(method, path), Do: do})
				var err error
				switch {
				case method == "DELETE":
					err = c.DeleteManifest(ctx, repo.Tag("1"))
				case path == registrytest.Manifests:
					_, err = c.PutManifest(ctx, repo.Tag("2"), types.OCIImageIndex, emptyIndex)
				default:
					err = c.PutBlob(ctx, repo, blobOf(t, noise(2000, 2)), Bytes(noise(2000, 2)))
				}
				require.ErrorContains(t, err, "web page")
				require.ErrorContains(t, err, s.Host)
			})
		}
	}
}

// TestHeadErrorsAreCheckedByGet: registries respond to HEAD with different errors.
func TestHeadErrorsAreCheckedByGet(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := noise(1000, 1)
	for _, status := range []int{400, 401, 403, 405, 406, 410, 500, 501, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s, source := registrytest.Start(t), registrytest.Start(t)
			repo, _ := filled(t, s, "team/app", content)
			from, d := filled(t, source, "team/app", noise(2000, 2))
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", "."), Do: registrytest.Status(status)})
			c, _ := newClient()
			m, err := c.HeadManifest(ctx, repo.Tag("1"))
			require.NoError(t, err)
			require.EqualValues(t, len(emptyIndex), m.Size)
			_, err = c.HeadManifest(ctx, repo.Tag("2"))
			require.True(t, IsNotFound(err), "%v", err)
			became, err := c.CopyBlob(ctx, repo, from, d, nil)
			require.NoError(t, err)
			require.Equal(t, BlobSent, became)
			n, err := c.HeadBlob(ctx, repo, d.Digest)
			require.NoError(t, err)
			require.Equal(t, d.Size, n)
			_, err = c.HeadBlob(ctx, repo, blobOf(t, noise(10, 9)).Digest)
			require.True(t, IsNotFound(err), "%v", err)
		})
	}
}

// TestRedirectedUploads: the start or the end of an upload is redirected to another host with
// relative locations.
func TestRedirectedUploads(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	content := noise(300_000, 1)
	d := blobOf(t, content)
	for _, status := range []int{301, 302, 307, 308} {
		for _, method := range []string{"POST", "PUT", "POST|PUT"} {
			t.Run(fmt.Sprint(status, " ", method), func(t *testing.T) {
				t.Parallel()
				behind := registrytest.Start(t)
				behind.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: registrytest.Rewrite(func(_ *http.Request, a *registrytest.Response) {
					_, path, _ := strings.Cut(strings.TrimPrefix(a.Header.Get("Location"), "http://"), "/")
					a.Header.Set("Location", "/"+path)
				})})
				front := registrytest.Start(t, registry.WithBasicAuth(registry.Access{Users: map[string]string{"alice": "wonderland"}}))
				front.Faults().Add(registrytest.Fault{Match: registrytest.On(method, registrytest.Uploads), Do: func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
						http.Redirect(w, req, behind.URL+req.URL.RequestURI(), status)
					})
				}})
				if method == "PUT" { // the target of the redirect knows the upload
					front.Faults().Add(registrytest.Fault{Match: registrytest.On("POST", registrytest.Uploads), Do: func(http.Handler) http.Handler {
						return behind.Handler()
					}})
				}
				c, _ := newClient(WithKeychain(logins{"": alice}))
				repo := repository(t, front.Host+"/team/app")
				require.NoError(t, c.PutBlob(ctx, repo, d, Bytes(content)))
				n, err := c.HeadBlob(ctx, repository(t, behind.Host+"/team/app"), d.Digest)
				require.NoError(t, err)
				require.EqualValues(t, len(content), n)
				for _, req := range behind.Requests() {
					require.Empty(t, req.Header.Get("Authorization"))
				}
			})
		}
	}
}

// TestRedirectedUploadReopensItsSource copies to a registry that redirects the requests with
// content.
func TestRedirectedUploadReopensItsSource(t *testing.T) {
	t.Parallel()
	source, front := registrytest.Start(t), registrytest.Start(t)
	from, d := filled(t, source, "team/app", noise(300_000, 1))
	front.Faults().Add(registrytest.Fault{Match: putBlobs, Times: 2, Do: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, req.URL.RequestURI(), http.StatusTemporaryRedirect)
		})
	}})
	c, k := newClient(WithJobs(1))
	became, err := c.CopyBlob(context.Background(), repository(t, front.Host+"/team/app"), from, d, nil)
	require.NoError(t, err)
	require.Equal(t, BlobSent, became)
	require.Empty(t, k.waits, "a redirect is not a failure")
	require.Equal(t, 1, front.Count("POST", registrytest.Uploads))
	require.Equal(t, 3, source.Count("GET", registrytest.Blobs))
}
