package composetest_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
)

const project = `services:
  web: {image: "${WEB:-nginx}:1.27"}
  api: {image: "nginx:1.27"}
  db: {image: "postgres:17"}
`

func TestConfigAndImages(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "compose.yaml"), []byte(project), 0o644))

	require.Equal(t, []string{"nginx:1.27", "postgres:17"}, c.Images())
	require.Contains(t, string(c.Config()), "image: nginx:1.27")

	c.Env = []string{"WEB=caddy"}
	require.Equal(t, []string{"caddy:1.27", "nginx:1.27", "postgres:17"}, c.Images("-f", "compose.yaml"))
}

func TestUserEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("COMPOSE_FILE", "/nowhere/compose.yaml")
	t.Setenv("COMPOSE_PROFILES", "none")
	c := composetest.New(t)
	require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "compose.yaml"), []byte(project), 0o644))
	require.Contains(t, string(c.Config()), "name: app\n")
}

func TestRunReportsFailure(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	_, stderr, err := c.Run("-f", "absent.yaml", "config")
	require.ErrorContains(t, err, "absent.yaml")
	require.Contains(t, string(stderr), "absent.yaml")
}

// TestRemote reads an artifact from a loopback registry with plain HTTP.
func TestRemote(t *testing.T) {
	t.Parallel()
	files := serveComposition(t, project)
	c := composetest.New(t)
	ref := "oci://" + strings.TrimPrefix(files.URL, "http://") + "/team/app:1"
	require.Equal(t, []string{"nginx:1.27", "postgres:17"}, c.Images("-f", ref))
}

// serveComposition serves the read API of a registry with one artifact, under any name.
func serveComposition(t *testing.T, compose string) *httptest.Server {
	t.Helper()
	digest := func(s string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(s))) }
	const mediaType = "application/vnd.oci.image.manifest.v1+json"
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,
"artifactType":"application/vnd.docker.compose.project",
"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":2},
"layers":[{"mediaType":"application/vnd.docker.compose.file+yaml","digest":%q,"size":%d,
"annotations":{"com.docker.compose.file":"compose.yaml"}}]}`, mediaType, digest("{}"), digest(compose), len(compose))
	content := map[string]string{"1": manifest, digest(manifest): manifest, digest("{}"): "{}", digest(compose): compose}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		body, ok := content[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if strings.Contains(r.URL.Path, "/manifests/") {
			w.Header().Set("Content-Type", mediaType)
		}
		w.Header().Set("Docker-Content-Digest", digest(body))
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(body))
		}
	}))
	t.Cleanup(server.Close)
	return server
}
