package examples_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestExamplesPackage packages each example loose and as a bundle, without the variables for the
// deployment, and compares Docker Compose's model of the composition: it is the same except for
// the images, which are all pinned.
func TestExamplesPackage(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/compose.yaml")
	require.NoError(t, err)
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t)
			mirror := "REGISTRY=" + server.Host

			local := composetest.New(t)
			local.Dir, local.Env = dir, append([]string{mirror}, required...)
			images := local.Images("--profile", "*")
			for i, image := range images {
				registrytest.PushImage(t, image, registrytest.ImageSpec{Seed: uint64(i), Platforms: []string{"linux/amd64", "linux/arm64"}})
			}
			before := withoutImages(local.Config("--profile", "*"))

			followReadme(t, dir, mirror, server.Host)
			for _, mode := range [][]string{nil, {"--bundle"}} {
				ref := fmt.Sprintf("%s/packaged/%s:%d", server.Host, dir, len(mode))
				push(t, dir, mirror, append(append([]string{"push"}, mode...), ref)...)

				remote := composetest.New(t)
				remote.Env = local.Env
				read := []string{"-f", "oci://" + ref, "--profile", "*"}
				require.Equal(t, before, withoutImages(remote.Config(read...)))
				pinned := remote.Images(read...)
				require.Len(t, pinned, len(images))
				for _, image := range pinned {
					require.Contains(t, image, "@sha256:")
					require.Equal(t, mode != nil, strings.HasPrefix(image, server.Host+"/packaged/"), image)
				}
			}
		})
	}
}

// followReadme runs the commands of the README that need no engine.
func followReadme(t *testing.T, dir, mirror, host string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	run := 0
	for line := range strings.Lines(string(readme)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ocompose ")
		if ok && !strings.HasPrefix(command, "up ") {
			push(t, dir, mirror, strings.Fields(strings.ReplaceAll(command, "registry.example.com", host))...)
			run++
		}
	}
	require.GreaterOrEqual(t, run, 2, "%s has no commands of ocompose", dir)
}

// push runs ocompose in dir.
func push(t *testing.T, dir, mirror string, args ...string) {
	t.Helper()
	absolute, err := filepath.Abs(dir)
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	status := commands.Main(t.Context(), args, commands.Process{
		Stdin:   strings.NewReader(""),
		Stdout:  &stdout,
		Stderr:  &stderr,
		Environ: []string{mirror, "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")},
		Dir:     absolute,
	})
	require.Zero(t, status, "%s", &stderr)
}

// withoutImages removes the intended differences from Docker Compose's model: the images, and the
// folder of the files.
func withoutImages(config []byte) string {
	var kept []string
	for line := range strings.Lines(string(config)) {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "image: ") {
			line = "image\n"
		} else if path, ok := strings.CutPrefix(trimmed, "file: "); ok {
			line = "file: " + filepath.Base(path) + "\n"
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "")
}
