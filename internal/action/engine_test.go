package action

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
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
	// image is the content of all its images; random if it is nil.
	image v1.Image
}

func (e *fakeEngine) HasImage(_ context.Context, ref string) (bool, error) {
	has := e.has[ref]
	return has, nil
}

func (e *fakeEngine) SaveImage(_ context.Context, ref, file string) error {
	e.saved = append(e.saved, ref)
	image := e.image
	if image == nil {
		image = randomImage(e.t)
	}
	named, _, _ := strings.Cut(ref, "@")
	tag, err := name.NewTag(named)
	require.NoError(e.t, err)
	return tarball.WriteToFile(file, tag, image)
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(2000, 2)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	config.OS, config.Architecture = "linux", "amd64"
	image, err = mutate.ConfigFile(image, config)
	require.NoError(t, err)
	return image
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

// TestEngineImageByDigest: an image of the engine is not pushed for a digest that it does not have.
func TestEngineImageByDigest(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	image := randomImage(t)
	file := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, (&fakeEngine{t: t, image: image}).SaveImage(t.Context(), "local:1", file))
	saved, err := tarball.ImageFromPath(file, nil)
	require.NoError(t, err)
	digest, err := saved.Digest()
	require.NoError(t, err)
	push := func(pinned, repository string) error {
		ref := server.Host + "/src/local@" + pinned
		p := plan{project: loadProject(t, "services: {web: {image: '"+ref+"'}}"), Options: artifact.Options{Mode: artifact.Bundled}}
		p.Repository = reference(t, server.Host+"/"+repository+":1").Context()
		client := newSession()
		engine := &fakeEngine{t: t, has: map[string]bool{ref: true}, image: image}
		_, err := publish.Push(t.Context(), client, client.Registry(p.Repository), p.project, p.Options,
			publish.PushOptions{Tag: "1", Engine: &session.EngineImages{Engine: engine, Dir: t.TempDir()}})
		return err
	}
	require.NoError(t, push(digest.String(), "same"))
	err = push("sha256:"+strings.Repeat("a", 64), "other")
	require.ErrorContains(t, err, "the engine's image has the digest "+digest.String())
	for repository, pushed := range map[string]bool{"same": true, "other": false} {
		_, err := remote.Head(reference(t, server.Host+"/"+repository+":1"))
		require.Equal(t, pushed, err == nil, repository)
	}
}
