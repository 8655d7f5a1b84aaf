package enginetest

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// Image returns an OCI image for this machine's architecture with one static program, package
// hello in the subfolder. It serves HTTP on port 80: "/" returns the greeting, "/file/PATH" the
// files under that path, and "/from/HOST/…" the response of HOST. "/hello check" is a health
// check. Images with different greetings share the layer.
func Image(t testing.TB, greeting string) v1.Image {
	t.Helper()
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	img = mutate.ConfigMediaType(img, types.OCIConfigJSON)
	img, err := mutate.AppendLayers(img, programLayer(t))
	require.NoError(t, err)
	config, err := img.ConfigFile()
	require.NoError(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Entrypoint = []string{"/hello"}
	config.Config.Env = []string{"GREETING=" + greeting}
	config.Config.ExposedPorts = map[string]struct{}{"80/tcp": {}}
	img, err = mutate.ConfigFile(img, config)
	require.NoError(t, err)
	return img
}

// programLayer builds the program and wraps it in a layer.
func programLayer(t testing.TB) v1.Layer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hello")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", path,
		"github.com/ocompose/ocompose/internal/enginetest/hello")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "building the program for an image:\n%s", out)
	program, err := os.ReadFile(path)
	require.NoError(t, err)

	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "hello", Mode: 0o755, Size: int64(len(program)), Format: tar.FormatPAX}))
	_, err = w.Write(program)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
	require.NoError(t, err)
	return layer
}
