package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestUp: an application runs with one command, is updated with the same one, and runs again
// where no registry can be reached. What its services keep next to its files stays.
func TestUp(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	tools := filepath.Dir(tooltest.Lookup(t, "docker-compose"))
	engine := enginetest.Start(t)
	server := registrytest.Start(t)
	p := newProgram(t)
	p.env = []string{engine.Env(), "PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
	app := server.Host + "/apps/hello:1"
	version := func(greeting string) string {
		image := server.Host + "/images/web:1"
		require.NoError(t, remote.Write(parse(t, image), enginetest.Image(t, greeting)))
		p.write("compose.yaml", fmt.Sprintf("services:\n  web:\n    image: %s\n    ports: ['127.0.0.1::80']\n    volumes: ['./data:/data']\n", image))
		return p.ok("push", "--bundle", app)
	}
	answer := func() string {
		port := p.ok("compose", app, "--", "port", "web", "80")
		return get(t, "http://"+strings.TrimSpace(port)+"/")
	}
	version("first")
	up := p.run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.status, up.stderr)
	t.Cleanup(func() { p.run("compose", app, "--", "down", "--timeout", "1") })
	require.Equal(t, "first", answer())
	folder := filepath.Join(p.home, ".local", "share", "ocompose", "hello")
	kept := filepath.Join(folder, "data", "kept")
	require.NoError(t, os.WriteFile(kept, []byte("by the service"), 0o644))

	version("second")
	require.Equal(t, "first", answer(), "compose takes what is there")
	up = p.run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.status, up.stderr)
	require.Contains(t, up.stderr, app+" has changed: ")
	require.Regexp(t, `web: \S+@sha256:\w+, before \S+@sha256:\w+`, up.stderr)
	require.Equal(t, "second", answer())
	require.FileExists(t, kept)

	p.ok("compose", app, "--", "down", "--timeout", "1")
	server.Close()
	up = p.run("up", "-d", app, "--", "--wait")
	require.Zero(t, up.status, up.stderr)
	require.Contains(t, up.stderr, "using the cached version")
	require.Equal(t, "second", answer())

	// The exit status is Docker Compose's own.
	require.Equal(t, 1, p.run("compose", app, "--", "port", "nothing", "80").status)
}
