package compose

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeProject writes files, given as pairs of a name and a content, to a folder.
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

// loadProject loads the project in dir, with the default files if none are given.
func loadProject(t testing.TB, dir string, files []string, environ ...string) *Project {
	t.Helper()
	p, err := Load(context.Background(), Options{WorkDir: dir, Files: files, Environ: environ, WithEnv: true})
	require.NoError(t, err)
	return p
}

// pinFor returns the pin for an image, which depends on its reference and platform.
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

func TestPinLooseKeepsFiles(t *testing.T) {
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

func TestPinSomePlacesInPlace(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, "compose.yaml", "x-i: &i nginx\nservices:\n  a: {image: *i}\n  b: {image: *i}\n  c: {image: redis}\n")
	files, err := loadProject(t, dir, nil).Pin(context.Background(), Pins{
		"services.a.image": {Ref: "r.example/x@sha256:00", InPlace: true},
		"services.b.image": {Ref: "nginx@sha256:00"},
		"services.c.image": {Ref: "redis@sha256:11"},
	})
	require.NoError(t, err)
	require.Equal(t, []string{
		"compose.yaml", "x-i: &i nginx\nservices:\n  a: {image: r.example/x@sha256:00}\n  b: {image: *i}\n  c: {image: redis}\n",
		PinsFile, "services:\n  b:\n    image: nginx@sha256:00\n  c:\n    image: redis@sha256:11\n",
	}, textOf(files))
}

// A loose composition from a registry, pinned in place, has the same files as its source, pinned
// in place.
func TestPinOpened(t *testing.T) {
	t.Parallel()
	for _, test := range slices.Concat(pinExamples, overrideExamples) {
		if test.name == extendsItself {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			dir, names := test.layout(t)
			p := loadProject(t, dir, names, strings.Fields(test.env)...)
			loose, err := p.Pin(ctx, pinAll(p, false))
			require.NoError(t, err)
			want, err := p.Pin(ctx, pinAll(p, true))
			require.NoError(t, err)
			opened, err := Open(ctx, loose, nil)
			require.NoError(t, err)
			got, err := opened.Pin(ctx, pinAll(p, true))
			require.NoError(t, err)
			require.Equal(t, textOf(want), textOf(got))
		})
	}
}
