package engine

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// needDocker skips a test without the docker command, or fails it in CI. It also skips the test
// with -short, because an engine takes seconds to start.
func needDocker(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		tooltest.Missing(t, "the command docker is not installed")
	}
}

// TestRunsFromAFile: an application in a file runs on an engine without access to registries
// after the file was loaded into it, and responds.
func TestRunsFromAFile(t *testing.T) {
	needDocker(t)
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	server := registrytest.Start(t)
	for _, service := range []string{"web", "api"} {
		require.NoError(t, remote.Write(registrytest.Parse(t, server.Host+"/images/"+service+":1"), enginetest.Image(t, "I am "+service)))
	}
	p := programtest.New(t)
	p.Write("compose.yaml", fmt.Sprintf(`services:
  web:
    image: %[1]s/images/web:1
    ports: ["127.0.0.1::80"]
    depends_on: {api: {condition: service_healthy}}
  api:
    image: %[1]s/images/api:1
    healthcheck: {test: [CMD, /hello, check], interval: 200ms, retries: 100}
`, server.Host))
	p.OK("push", server.Host+"/apps/loose:1")
	p.OK("save", server.Host+"/apps/loose:1", "app.tar")
	server.Close()

	p.Env = []string{engine.Env()}
	var files []string
	for _, path := range strings.Fields(p.OK("load", "--engine", "--listen", freeAddress(t), "-d", c.Dir, "app.tar")) {
		files = append(files, "-f", path)
	}
	require.NotEmpty(t, files)
	c.Env = []string{engine.Env()}
	args := slices.Concat(files, []string{"-p", "loaded"})
	c.Output(append(args, "up", "--detach", "--wait", "--wait-timeout", "120", "--pull", "never")...)
	address := strings.TrimSpace(string(c.Output(append(args, "port", "web", "80")...)))
	require.Equal(t, "I am web", get(t, "http://"+address+"/"))
	require.Equal(t, "I am api", get(t, "http://"+address+"/from/api"))
	c.Output(append(args, "down", "--timeout", "1")...)
}

// freeAddress returns a local address that is not in use.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
