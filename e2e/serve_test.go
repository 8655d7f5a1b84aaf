package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestServe: a registry for trials, which prints its address as the result, keeps its content if
// requested, and ends cleanly after an interrupt.
func TestServe(t *testing.T) {
	t.Parallel()
	p := programtest.New(t)
	first := p.Serve("--dir", "kept")
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, first.Host)
	p.WriteShop(first.Host)
	made := p.OK("push", "--bundle", first.Host+"/apps/shop:1")
	p.OK("attach", first.Host+"/images/web:1")
	require.Len(t, p.Referrers(first.Host+"/images/web:1"), 3)
	resp, err := remote.Referrers(registrytest.Parse(t, first.Host+"/images/web@"+registrytest.Digest(t, first.Host+"/images/web:1")).Context().Digest(registrytest.Digest(t, first.Host+"/images/web:1")))
	require.NoError(t, err)
	index, err := resp.IndexManifest()
	require.NoError(t, err)
	require.Len(t, index.Manifests, 1)
	rest, status := first.Stop()
	require.Empty(t, rest)
	require.Zero(t, status, first.Stderr.String())
	require.Contains(t, first.Stderr.String(), "until interrupted")
	require.NotContains(t, first.Stderr.String(), "GET")

	// Pushed content exists again, at another address.
	again := p.Serve("--dir", "kept", "--quiet")
	_, digest, _ := strings.Cut(made, "@")
	registrytest.Fetch(t, again.Host+"/apps/shop@"+digest)
	_, status = again.Stop()
	require.Zero(t, status)
	require.Empty(t, again.Stderr.String())

	// Without --dir it is lost.
	require.DirExists(t, filepath.Join(p.Dir, "kept"))
	fresh := p.Serve("--access-log")
	_, err = registrytest.Reach(registrytest.Parse(t, fresh.Host+"/apps/shop@"+digest))
	require.True(t, registrytest.IsNotFound(err), "%v", err)
	fresh.Stop()
	require.Contains(t, fresh.Stderr.String(), "/v2/apps/shop/manifests/"+digest)
}

// TestServeWithoutReferrersAPI imitates registries without the API.
func TestServeWithoutReferrersAPI(t *testing.T) {
	t.Parallel()
	p := programtest.New(t)
	s := p.Serve("--no-referrers-api")
	registrytest.PushImage(t, s.Host+"/web:1", registrytest.ImageSpec{})
	p.Write("compose.yaml", "services:\n  web: {image: '"+s.Host+"/web:1'}\n")
	p.OK("attach", s.Host+"/web:1")
	subject := registrytest.Digest(t, s.Host+"/web:1")
	require.Equal(t, []string{"1", strings.Replace(subject, ":", "-", 1)}, registrytest.Tags(registrytest.Parse(t, s.Host+"/web:1").Context()))
	require.Len(t, p.Referrers(s.Host+"/web:1"), 1)
}

// TestServeJSON prints one document when it is ready.
func TestServeJSON(t *testing.T) {
	t.Parallel()
	p := programtest.New(t)
	s := p.Serve("-o", "json")
	rest, status := s.Stop()
	require.Zero(t, status)
	var document struct{ Address string }
	require.NoError(t, json.Unmarshal([]byte(s.Host+rest), &document))
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, document.Address)
}

// TestServeAFile: the content of a file is served as it was saved, from a tar file and from a
// folder, with references to the serving address. Docker Compose reads it, and nothing can be
// pushed.
func TestServeAFile(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	source := registrytest.Start(t)
	p := programtest.New(t)
	p.WriteShop(source.Host)
	made := p.OK("push", "--bundle", source.Host+"/team/shop:1.0")
	p.OK("push", source.Host+"/team/loose:1.0")
	p.OK("save", source.Host+"/team/shop:1.0", "shop.tar")
	p.OK("save", source.Host+"/team/shop:1.0", "folder/")
	p.OK("save", source.Host+"/team/loose:1.0", "loose.tar")
	source.Close()
	for file, name := range map[string]string{"shop.tar": "team/shop", "folder": "team/shop", "loose.tar": "team/loose"} {
		s := p.Serve(file)
		ref := s.Host + "/" + name + ":1.0"
		p.RequireComplete(ref)
		for _, image := range c.Images("-f", "oci://"+ref) {
			require.True(t, strings.HasPrefix(image, s.Host+"/"+name+"@sha256:"), image)
		}
		if name == "team/shop" {
			_, digest, _ := strings.Cut(made, "@")
			require.Equal(t, digest, p.Inspect(s.Host+"/"+name+"@"+digest).Digest, "unchanged by digest")
		} else {
			require.NotEmpty(t, registrytest.Digest(t, s.Host+"/images/web:1"), "an image under its own name")
		}
		require.NotZero(t, p.Run("copy", ref, s.Host+"/other:1").Status)
		_, status := s.Stop()
		require.Zero(t, status)
		require.Contains(t, s.Stderr.String(), "docker compose --insecure-registry "+s.Host+" -f oci://"+ref+" up")
	}
}
