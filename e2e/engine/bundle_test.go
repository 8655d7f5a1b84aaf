package engine

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestBundleRunsWithoutItsSources: after the source repositories of its images were deleted, a
// bundled application runs with docker compose up from oci:// and from pulled files, and its
// services respond.
func TestBundleRunsWithoutItsSources(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	server := registrytest.Start(t)
	host := server.Host
	for _, service := range []string{"web", "api"} {
		require.NoError(t, remote.Write(registrytest.Parse(t, host+"/images/"+service+":1"), enginetest.Image(t, "I am "+service)))
	}
	p := programtest.New(t)
	p.Write("compose.yaml", fmt.Sprintf(`services:
  web:
    image: ${REGISTRY:-%[1]s}/images/web:1   # what users see
    ports: ["127.0.0.1::80"]
    depends_on: {api: {condition: service_healthy}}
  api:
    image: &api %[1]s/images/api:1
    healthcheck: {test: [CMD, /hello, check], interval: 200ms, retries: 100}
`, host))
	bundle := p.OK("push", "--bundle", host+"/apps/two:1")
	registrytest.Erase(t, host+"/images/web", host+"/images/api")
	require.NotZero(t, p.Run("push", host+"/apps/again:1").Status, "the sources must be deleted")

	c.Env = []string{engine.Env()}
	up := func(project string, files ...string) {
		t.Helper()
		args := append(slices.Clip(files), "-p", project)
		c.Output(append(args, "up", "--detach", "--wait", "--wait-timeout", "120", "-y")...)
		address := strings.TrimSpace(string(c.Output(append(args, "port", "web", "80")...)))
		require.Equal(t, "I am web", get(t, "http://"+address+"/"))
		require.Equal(t, "I am api", get(t, "http://"+address+"/from/api"))
		var images []string
		for _, image := range p.Inspect(bundle).Last().ImagesByService() {
			images = append(images, image)
		}
		require.ElementsMatch(t, images, c.Images(args...))
		c.Output(append(args, "down", "--timeout", "1")...)
	}
	up("remote", "-f", "oci://"+host+"/apps/two:1")

	// And from files.
	var files []string
	for _, path := range strings.Fields(p.OK("pull", "-d", c.Dir, bundle)) {
		files = append(files, "-f", path)
	}
	require.NotEmpty(t, files)
	up("pulled", files...)
}

// get requests a URL of a service, which must respond.
func get(t testing.TB, url string) string {
	t.Helper()
	client := http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	resp, err := client.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return string(body)
}
