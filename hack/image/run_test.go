package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestImageRuns runs the image with the current program, as its default user and as another one,
// and has it write files.
func TestImageRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	compose := composetest.New(t)
	engine := enginetest.Start(t)
	server := registrytest.Start(t)

	path := filepath.Join(t.TempDir(), "ocompose")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	index, err := buildIndex([]program{{v1.Platform{OS: "linux", Architecture: runtime.GOARCH}, content, "1.2.3", "abc", time.Unix(0, 0)}})
	require.NoError(t, err)
	require.NoError(t, push([]string{server.Host + "/ocompose:1"}, index))
	registrytest.PushImage(t, server.Host+"/web:1", registrytest.ImageSpec{Platforms: []string{"linux/" + runtime.GOARCH}})

	project := filepath.Join(t.TempDir(), "compose.yaml")
	text := fmt.Sprintf("services:\n  tool:\n    image: %s/ocompose:1\n    network_mode: none\n", server.Host)
	require.NoError(t, os.WriteFile(project, []byte(text), 0o600))
	compose.Env = []string{engine.Env()}
	run := func(args ...string) string {
		t.Helper()
		return string(compose.Output(append([]string{"-f", project, "run", "--rm", "-T"}, args...)...))
	}
	require.Contains(t, run("tool", "version"), "ocompose ")
	require.Contains(t, run("--user", "1234", "tool", "version"), "ocompose ")
	// It reads a mounted package, and writes its files to /project.
	require.NoError(t, os.WriteFile(filepath.Join(compose.Dir, "shop.yaml"), []byte("services: {web: {image: "+server.Host+"/web:1}}"), 0o600))
	layout := filepath.Join(t.TempDir(), "layout")
	for _, args := range [][]string{
		{"push", "-f", filepath.Join(compose.Dir, "shop.yaml"), server.Host + "/shop:1"},
		{"copy", server.Host + "/shop:1", "oci-layout:" + layout + ":1"},
	} {
		out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	require.NoError(t, exec.CommandContext(t.Context(), "chmod", "-R", "a+rX", layout).Run())
	require.Equal(t, "compose.yaml\ncompose.override.yaml\n", run("-v", layout+":/layout:ro", "tool", "pull", "oci-layout:/layout:1"))
}
