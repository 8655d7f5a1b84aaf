package dockercompose

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// publishedBy writes a project to a folder of c and pushes it with docker compose publish.
// Publishing requires TLS, which the registry serves at a second address.
func publishedBy(t testing.TB, c *composetest.Compose, server *registrytest.Server, files map[string]string, args ...string) {
	t.Helper()
	secure := httptest.NewTLSServer(server.Handler())
	t.Cleanup(secure.Close)
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}
	require.NoError(t, os.WriteFile(trusted, pem.EncodeToMemory(block), 0o600))
	// No engine is used: publishing must not pull the images.
	c.Env = []string{"SSL_CERT_FILE=" + trusted, "DOCKER_HOST=unix:///nowhere"}
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(c.Dir, name), []byte(content), 0o644))
	}
	c.Output(append(args, "publish", "-y", "--with-env", strings.TrimPrefix(secure.URL, "https://")+"/apps/published:1")...)
	c.Env = nil
}

// TestPublishedByDockerCompose: a package pushed by docker compose publish is inspected,
// pulled, copied and bundled like a composition of ocompose, including env files and extended
// files.
func TestPublishedByDockerCompose(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	host := server.Host
	p := programtest.New(t)
	p.WriteShop(host)
	c := composetest.New(t)
	publishedBy(t, c, server, map[string]string{
		"app.env":   "COLOR=green\n",
		"base.yaml": "services:\n  base:\n    image: " + host + "/images/web:1\n    environment: {SIZE: large}\n",
		"compose.yaml": "services:\n  web:\n    extends:\n      file: base.yaml\n      service: base\n    env_file:\n      - app.env\n" +
			"  db:\n    image: " + host + "/images/db:17\n",
		"over.yaml": "services:\n  db:\n    hostname: database\n",
	}, "-f", "compose.yaml", "-f", "over.yaml")
	published := host + "/apps/published:1"

	report := p.Inspect(published)
	require.Equal(t, "loose", report.Mode)
	require.Equal(t, map[string]string{"web": host + "/images/web:1", "db": host + "/images/db:17"}, report.Last().ImagesByService())
	require.Equal(t, map[string]int{"compose": 2, "restored": 2}, kinds(report.Last()))

	// The pulled files equal Docker Compose's own view of the artifact, and of the project.
	var flags []string
	for _, path := range strings.Fields(p.OK("pull", "-d", filepath.Join(p.Dir, "out"), published)) {
		flags = append(flags, "-f", path)
	}
	require.Len(t, flags, 4)
	pulled := string(c.Config(flags...))
	require.Equal(t, string(c.Config("-f", "oci://"+published)), pulled)
	require.Equal(t, string(c.Config("-f", "compose.yaml", "-f", "over.yaml")), pulled)
	require.Contains(t, pulled, "COLOR: green")
	require.Contains(t, pulled, "SIZE: large")
	require.Contains(t, pulled, "hostname: database")

	// It is copied unchanged, and bundled by a copy.
	require.Equal(t, host+"/mirror/published@"+registrytest.Digest(t, published), p.OK("copy", published, host+"/mirror/published:1"))
	bundle := p.OK("copy", "--bundle", published, host+"/bundle/published:1")
	registrytest.Erase(t, programtest.Sources(host)...)
	p.RequireComplete(bundle)
	bundled := modelOf(t, c, "oci://"+bundle)
	require.Equal(t, p.Inspect(bundle).Last().ImagesByService(), takeImages(t, bundled))
	original := modelOf(t, c, filepath.Join(c.Dir, "compose.yaml"))
	takeImages(t, original)
	original["services"].(map[string]any)["db"].(map[string]any)["hostname"] = "database"
	require.Equal(t, original, bundled)

	// It is not a package that this program pinned.
	require.Equal(t, 4, p.Run("verify", published).Status)
}

// kinds counts a composition's files by kind.
func kinds(c programtest.InspectedComposition) map[string]int {
	all := map[string]int{}
	for _, f := range c.Files {
		all[f.Kind]++
	}
	return all
}
