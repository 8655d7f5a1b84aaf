package action

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// A fakeEngine has images by name.
type fakeEngine struct {
	t     *testing.T
	has   map[string]bool
	saved []string
}

func (e *fakeEngine) HasImage(_ context.Context, ref string) (bool, error) {
	has := e.has[ref]
	return has, nil
}

func (e *fakeEngine) SaveImage(_ context.Context, ref, file string) error {
	e.saved = append(e.saved, ref)
	image, err := random.Image(2000, 2)
	require.NoError(e.t, err)
	config, err := image.ConfigFile()
	require.NoError(e.t, err)
	config.OS, config.Architecture = "linux", "amd64"
	image, err = mutate.ConfigFile(image, config)
	require.NoError(e.t, err)
	tag, err := name.NewTag(ref)
	require.NoError(e.t, err)
	return tarball.WriteToFile(file, tag, image)
}

// TestEngineImages: built images come from the engine, even if a registry has an image with that
// name. Other images come from the engine only if their registry does not have them.
func TestEngineImages(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	for _, image := range []string{"built:1", "both:1", "web:1"} {
		registrytest.PushImage(t, server.Host+"/src/"+image, registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 1, LayerSize: 100, Seed: 1})
	}
	at := server.Host + "/src/"
	engine := &fakeEngine{t: t, has: map[string]bool{at + "built:1": true, at + "both:1": true, at + "local:1": true}}
	p := plan{project: loadProject(t, "services:\n  built: {build: ., image: '"+at+"built:1'}\n  both: {image: '"+at+"both:1'}\n"+
		"  local: {image: '"+at+"local:1'}\n  web: {image: '"+at+"web:1'}\n"), Options: artifact.Options{Mode: artifact.Bundled}}
	p.Repository = reference(t, server.Host+"/app:1").Context()
	client := newSession()
	made, err := publish.Push(t.Context(), client, client.Registry(p.Repository), p.project, p.Options,
		publish.PushOptions{Tag: "1", Engine: &session.EngineImages{Engine: engine, Dir: t.TempDir()}})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{at + "built:1", at + "local:1"}, engine.saved)
	require.Equal(t, "linux/amd64", made.Package.Platforms()[0].String())
	verified, err := verify.Package(t.Context(), newSession(), session.Location{Store: newSession().Registry(p.Repository), Ref: "1"}, verify.Options{Deep: true})
	require.NoError(t, err)
	require.True(t, verified.OK, verified.Problems)

	missing := loadProject(t, "services:\n  gone: {image: '"+at+"gone:1'}\n  built: {build: ., image: '"+at+"lost:1'}\n")
	dir := t.TempDir()
	err = inspect.Missing(t.Context(), newSession(), missing.Images, &session.EngineImages{Engine: engine, Dir: dir})
	require.ErrorContains(t, err, "gone:1")
	require.ErrorContains(t, err, "lost:1")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
