package compose

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeProject writes files, a name and a content each, to a folder.
func writeProject(t testing.TB, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, filepath.FromSlash(files[i]))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(files[i+1]), 0o644))
	}
	return dir
}

// loadProject loads the project in dir; without -f files the default ones.
func loadProject(t testing.TB, dir string, files []string, environ ...string) *Project {
	t.Helper()
	p, err := Load(context.Background(), Options{WorkDir: dir, Files: files, Environ: environ, WithEnv: true})
	require.NoError(t, err)
	return p
}

// pinFor makes up the pin for an image: one for each reference and platform.
func pinFor(image Image) string {
	return fmt.Sprintf("r.example:5000/app@sha256:%x", sha256.Sum256([]byte(image.Ref+" "+image.Platform)))
}

// pinAll pins all images of a project.
func pinAll(p *Project, inPlace bool) Pins {
	pins := Pins{}
	for _, image := range p.Images {
		pins[image.Path] = Pin{Ref: pinFor(image), InPlace: inPlace}
	}
	return pins
}

func TestPinLooseLeavesFilesAlone(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, "compose.yaml", "services:\n  b: {image: nginx:1.27}\n  a:\n    build: .\n")
	p := loadProject(t, dir, nil)
	files, err := p.Pin(context.Background(), Pins{
		"services.a.image": {Ref: "r.example/a@sha256:00"},
		"services.b.image": {Ref: "nginx:1.27@sha256:11"},
	})
	require.NoError(t, err)
	require.Len(t, files, 2)
	require.Equal(t, p.Files[0], files[0])
	require.Equal(t, File{Name: PinsFile, Kind: ComposeFile, Content: []byte(
		"services:\n  a:\n    image: r.example/a@sha256:00\n  b:\n    image: nginx:1.27@sha256:11\n")}, files[1])
}

func TestPinNeedsAPinForEveryPlace(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, "compose.yaml", "services:\n  b: {image: nginx}\n  a: {image: redis}\n")
	_, err := loadProject(t, dir, nil).Pin(context.Background(), Pins{"services.a.image": {Ref: "x@sha256:00"}})
	require.EqualError(t, err, "pinning the images: no pin for services.b.image")
}
