package engine

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestBundleFromDocker: built images that exist only in this machine's engine become part of a
// bundle, which runs after they were removed from the engine.
func TestBundleFromDocker(t *testing.T) {
	needDocker(t)
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	server := registrytest.Start(t)
	require.NoError(t, remote.Write(registrytest.Parse(t, server.Host+"/images/api:1"), enginetest.Image(t, "I am api")))
	p := programtest.New(t)
	p.Env = []string{engine.Env()}
	for _, each := range []string{"shop-web", "tools:1", server.Host + "/images/gone:1"} {
		loadIntoEngine(t, engine, each, "I am "+each)
	}
	p.Write("compose.yaml", fmt.Sprintf(`name: shop
services:
  web: {build: ., ports: ["127.0.0.1::80"]}
  tools: {build: ., image: "tools:1", profiles: [tools]}
  gone: {image: "%[1]s/images/gone:1"}
  api: {image: "%[1]s/images/api:1"}
`, server.Host))
	out := fails(p, "push", "--from-docker", server.Host+"/apps/shop:1")
	require.Contains(t, out, "--from-docker needs --bundle")
	p.OK("push", "--bundle", "--from-docker", server.Host+"/apps/shop:1")
	p.OK("verify", server.Host+"/apps/shop:1")
	again := p.OK("push", "--bundle", "--from-docker", server.Host+"/apps/shop:2")
	require.Equal(t, strings.TrimSpace(p.OK("push", "--bundle", "--from-docker", server.Host+"/apps/shop:1")), strings.TrimSpace(again))

	for _, each := range []string{"shop-web", "tools:1", server.Host + "/images/gone:1"} {
		runDocker(t, engine, "image", "rm", "--force", each)
	}
	c.Env = []string{engine.Env()}
	args := []string{"--insecure-registry", server.Host, "-f", "oci://" + server.Host + "/apps/shop:1", "-p", "shop"}
	c.Output(append(args, "up", "--detach", "--wait", "--wait-timeout", "120", "--yes")...)
	address := strings.TrimSpace(string(c.Output(append(args, "port", "web", "80")...)))
	require.Equal(t, "I am shop-web", get(t, "http://"+address+"/"))
	c.Output(append(args, "down", "--timeout", "1")...)
	out = fails(p, "push", "--bundle", "--from-docker", server.Host+"/apps/shop:3")
	require.Contains(t, out, "gone")
	require.Contains(t, out, "shop-web")
	require.Contains(t, out, "tools:1")
}

// loadIntoEngine loads an image into an engine under a name.
func loadIntoEngine(t *testing.T, engine *enginetest.Engine, ref, greeting string) {
	t.Helper()
	tag, err := name.NewTag(ref)
	require.NoError(t, err)
	var archive bytes.Buffer
	require.NoError(t, tarball.Write(tag, enginetest.Image(t, greeting), &archive))
	file := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, os.WriteFile(file, archive.Bytes(), 0o600))
	runDocker(t, engine, "image", "load", "--input", file)
}

func runDocker(t *testing.T, engine *enginetest.Engine, args ...string) {
	t.Helper()
	cmd := exec.Command("docker", args...)
	cmd.Env = append(os.Environ(), engine.Env())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// fails runs ocompose, which must fail, and returns stderr.
func fails(p *programtest.Program, args ...string) string {
	p.T.Helper()
	end := p.Run(args...)
	require.NotZero(p.T, end.Status, "%s", end.Stdout)
	return end.Stderr
}
