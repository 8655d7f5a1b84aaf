package enginetest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestBundleRuns is the whole promise: an application packaged with its images
// runs from the registry, and from the pulled files, when all that it was made
// from is gone.
func TestBundleRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	engine := enginetest.Start(t)
	source, target := registrytest.Start(t), registrytest.Start(t)
	pushService(t, source.Host+"/team/web:1.0", "I am web")
	pushService(t, source.Host+"/team/api:1.0", "I am api")

	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "compose.yaml"), fmt.Appendf(nil, `
services:
  web:
    image: %[1]s/team/web:1.0
    ports: ["127.0.0.1::80"]
    depends_on: {api: {condition: service_healthy}}
  api:
    image: "%[1]s/team/api:${TAG:-1.0}" # one of two
    healthcheck: {test: [CMD, /hello, check], interval: 200ms, retries: 50}
`, source.Host), 0o644))
	ref := target.Host + "/apps/greeting:1"
	ocompose(t, project, "push", "--bundle", ref)
	source.Close()
	require.NoError(t, os.RemoveAll(project))

	pulled := t.TempDir()
	files := strings.Fields(ocompose(t, pulled, "pull", "-d", "app", ref))
	require.NotEmpty(t, files)
	fromFiles := []string{"--project-directory", pulled}
	for _, file := range files {
		fromFiles = append(fromFiles, "-f", filepath.Join(pulled, file))
	}

	for from, flags := range map[string][]string{
		"registry": {"-f", "oci://" + ref},
		"files":    fromFiles,
	} {
		t.Run(from, func(t *testing.T) {
			c := composetest.New(t)
			c.Env = []string{engine.Env()}
			flags := append(flags, "-p", "app"+from)
			t.Cleanup(func() { c.Output(append(flags, "down", "--rmi", "all")...) })
			c.Output(append(flags, "up", "--detach", "--wait", "--wait-timeout", "120")...)

			address := strings.TrimSpace(string(c.Output(append(flags, "port", "web", "80")...)))
			require.Equal(t, "I am web", get(t, "http://"+address+"/"))
			require.Equal(t, "I am api", get(t, "http://"+address+"/from/api"))
		})
	}
}

// pushService pushes an image for this machine's platform and another one.
func pushService(t *testing.T, ref, greeting string) {
	t.Helper()
	tag, err := name.ParseReference(ref)
	require.NoError(t, err)
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, platform := range []v1.Platform{{OS: "linux", Architecture: runtime.GOARCH}, {OS: "linux", Architecture: "s390x"}} {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        enginetest.Image(t, greeting),
			Descriptor: v1.Descriptor{Platform: &platform},
		})
	}
	require.NoError(t, remote.WriteIndex(tag, index))
}

// ocompose runs the program in dir and returns its standard output.
func ocompose(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := commands.Main(t.Context(), args, commands.Process{
		Stdin:   strings.NewReader(""),
		Stdout:  &stdout,
		Stderr:  &stderr,
		Environ: []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")},
		Dir:     dir,
	})
	require.Zero(t, status, "ocompose %s: %s", strings.Join(args, " "), &stderr)
	return stdout.String()
}
