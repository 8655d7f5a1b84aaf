package enginetest_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
)

// TestTwoServicesAnswer tests the test engine: Docker Compose starts two images, they reach each
// other by name, the test reaches them through a published port, and nothing is left on the
// machine.
func TestTwoServicesAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	var bridges []string
	t.Run("app", func(t *testing.T) {
		engine := enginetest.Start(t)
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		t.Cleanup(server.Close)
		host := strings.TrimPrefix(server.URL, "http://")
		for _, service := range []string{"web", "api"} {
			ref, err := name.ParseReference(host + "/app/" + service + ":1")
			require.NoError(t, err)
			require.NoError(t, remote.Write(ref, enginetest.Image(t, "I am "+service)))
		}

		c := composetest.New(t)
		c.Env = []string{engine.Env()}
		require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "compose.yaml"), fmt.Appendf(nil, `
services:
  web:
    image: %[1]s/app/web:1
    ports: ["127.0.0.1::80"]
    depends_on: {api: {condition: service_healthy}}
  api:
    image: %[1]s/app/api:1
    healthcheck: {test: [CMD, /hello, check], interval: 200ms, retries: 50}
`, host), 0o644))
		c.Output("-p", "two", "up", "--detach", "--wait", "--wait-timeout", "120")

		bridges = engine.Bridges(t, "two")
		require.Len(t, bridges, 1)
		require.Subset(t, interfaces(t), bridges)
		address := strings.TrimSpace(string(c.Output("-p", "two", "port", "web", "80")))
		require.Equal(t, "I am web", get(t, "http://"+address+"/"))
		require.Equal(t, "I am api", get(t, "http://"+address+"/from/api"))
		// No `down`: the engine also cleans up after a test that fails before its own cleanup.
	})
	if bridges == nil {
		t.Skip("the engine did not run: see above")
	}
	require.NotSubset(t, interfaces(t), bridges, "network interfaces left behind")
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return string(body)
}

func interfaces(t *testing.T) []string {
	t.Helper()
	all, err := net.Interfaces()
	require.NoError(t, err)
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	return names
}
