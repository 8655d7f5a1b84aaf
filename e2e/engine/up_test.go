package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestUp: one command runs and updates an application, and runs it again if no registry can be
// reached. Data that its services keep next to its files stays.
func TestUp(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	tools := filepath.Dir(tooltest.Lookup(t, "docker-compose"))
	engine := enginetest.Start(t)
	server := registrytest.Start(t)
	p := programtest.New(t)
	p.Env = []string{engine.Env(), "PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
	app := server.Host + "/apps/hello:1"
	version := func(greeting string) string {
		image := server.Host + "/images/web:1"
		require.NoError(t, remote.Write(registrytest.Parse(t, image), enginetest.Image(t, greeting)))
		p.Write("compose.yaml", fmt.Sprintf("services:\n  web:\n    image: %s\n    ports: ['127.0.0.1::80']\n    volumes: ['./data:/data']\n", image))
		return p.OK("push", "--bundle", app)
	}
	answer := func() string {
		port := p.OK("compose", app, "--", "port", "web", "80")
		return get(t, "http://"+strings.TrimSpace(port)+"/")
	}
	version("first")
	up := p.Run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.Status, up.Stderr)
	t.Cleanup(func() { p.Run("compose", app, "--", "down", "--timeout", "1") })
	require.Equal(t, "first", answer())
	folder := filepath.Join(p.Home, ".local", "share", "ocompose", "hello")
	kept := filepath.Join(folder, "data", "kept")
	require.NoError(t, os.WriteFile(kept, []byte("by the service"), 0o644))

	version("second")
	require.Equal(t, "first", answer(), "compose must use the cached version")
	up = p.Run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.Status, up.Stderr)
	require.Contains(t, up.Stderr, app+" has changed: ")
	require.Regexp(t, `web: \S+@sha256:\w+, before \S+@sha256:\w+`, up.Stderr)
	require.Equal(t, "second", answer())
	require.FileExists(t, kept)

	p.OK("compose", app, "--", "down", "--timeout", "1")
	server.Close()
	up = p.Run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.Status, up.Stderr)
	require.Contains(t, up.Stderr, "using the cached version")
	require.Equal(t, "second", answer())

	// The exit status is Docker Compose's.
	require.Equal(t, 1, p.Run("compose", app, "--", "port", "nothing", "80").Status)
}
