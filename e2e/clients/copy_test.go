package clients

import (
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestOtherClientsCopyABundle: one command of crane, oras or regctl copies a complete bundle to
// another registry, where ocompose can continue.
func TestOtherClientsCopyABundle(t *testing.T) {
	t.Parallel()
	for _, client := range []struct {
		name string
		copy func(p *programtest.Program, from, to string)
	}{
		{"crane", func(p *programtest.Program, from, to string) {
			p.Output(tooltest.Lookup(p.T, "crane"), "copy", "--insecure", from, to)
		}},
		{"oras", func(p *programtest.Program, from, to string) {
			p.Output(tooltest.Lookup(p.T, "oras"), "copy", "--from-plain-http", "--to-plain-http", from, to)
		}},
		{"regctl", func(p *programtest.Program, from, to string) { regctl(p, "image", "copy", from, to) }},
	} {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			source, other := registrytest.Start(t), registrytest.Start(t).Host
			p := programtest.New(t)
			p.WriteShop(source.Host)
			p.OK("push", "--bundle", source.Host+"/apps/shop:1")
			digest := registrytest.Digest(t, source.Host+"/apps/shop:1")
			count := registrytest.Fetch(t, source.Host+"/apps/shop:1")
			client.copy(p, source.Host+"/apps/shop:1", other+"/offline/shop:1")
			source.Close()

			require.Equal(t, digest, registrytest.Digest(t, other+"/offline/shop:1"))
			require.Equal(t, count, registrytest.Fetch(t, other+"/offline/shop:1"))
			p.OK("pull", "-d", "out", other+"/offline/shop:1")
			require.Equal(t, digest, p.Inspect(other+"/offline/shop:1").Digest)
			// The Compose file still has the source's name; a copy by ocompose changes it to the
			// new location.
			require.Contains(t, p.Read("out/compose.yaml"), source.Host+"/apps/shop@")
			made := p.OK("copy", other+"/offline/shop:1", other+"/apps/shop:1")
			p.RequireComplete(made)
		})
	}
}

// TestSkopeoCopiesAFlatBundle: skopeo rejects nested indexes. The indexes of images have separate
// tags, which are copied like any other. Skopeo 1.9 rewrites an index without its artifact types;
// verify reports that, and a copy by ocompose repairs it. Images built with ko have such types
// too, which are lost, so the images here have none.
func TestSkopeoCopiesAFlatBundle(t *testing.T) {
	t.Parallel()
	skopeo := tooltest.Lookup(t, "skopeo")
	source, other := registrytest.Start(t), registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(source.Host)
	for i, image := range []string{"web:1", "db:17", "cache:7"} {
		registrytest.PushImage(t, source.Host+"/images/"+image, registrytest.ImageSpec{Seed: uint64(i + 1), Platforms: programtest.Platforms(), Docker: true})
	}
	p.OK("push", "--bundle", source.Host+"/apps/nested:1")
	p.OK("push", "--bundle", "--flat", source.Host+"/apps/shop:1")
	copyTag := func(from, to string) programtest.Result {
		return p.Exec(skopeo, "--insecure-policy", "copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://"+from, "docker://"+to)
	}
	require.NotZero(t, copyTag(source.Host+"/apps/nested:1", other+"/apps/nested:1").Status, "--flat is no longer needed")
	repo, err := name.NewRepository(source.Host+"/apps/shop", name.Insecure)
	require.NoError(t, err)
	tags, err := remote.List(repo)
	require.NoError(t, err)
	require.Greater(t, len(tags), 1)
	for _, tag := range tags {
		r := copyTag(source.Host+"/apps/shop:"+tag, other+"/apps/shop:"+tag)
		require.Zero(t, r.Status, "%s: %s", tag, r.Stderr)
	}
	source.Close()
	r := p.Run("verify", other+"/apps/shop:1")
	require.Equal(t, 4, r.Status)
	require.Contains(t, r.Stderr, "copy it onto itself")
	p.RequireComplete(p.OK("copy", other+"/apps/shop:1", other+"/apps/shop:1"))
	p.RequireComplete(other + "/apps/shop:1")
}

// TestOrasPullsTheFiles: a client that does not know compositions restores the files under their
// names.
func TestOrasPullsTheFiles(t *testing.T) {
	t.Parallel()
	oras := tooltest.Lookup(t, "oras")
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	p.Write("conf/extra.conf", "listen 80\n")
	p.Write("more.yaml", "services:\n  web:\n    volumes: ['./conf/extra.conf:/extra.conf:ro']\n")
	p.OK("push", "--with-files", "--platform", "linux/amd64", "-f", "compose.yaml", "-f", "more.yaml", host+"/apps/shop:1")
	p.Output(oras, "pull", "--plain-http", "-o", "oras", host+"/apps/shop:1")
	p.OK("pull", "-d", "own", host+"/apps/shop:1")
	for _, name := range []string{"compose.yaml", "image-digests.yaml", "conf/extra.conf"} {
		require.Equal(t, p.Read("own/"+name), p.Read("oras/"+name), name)
	}
	require.Equal(t, p.Read("compose.yaml"), p.Read("own/compose.yaml"))
}

// TestPulledFilesEqualTheComposition: docker compose -f accepts the paths that pull prints, and loads
// the same model as from oci://.
func TestPulledFilesEqualTheComposition(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	for _, args := range [][]string{{"push", host + "/apps/shop:loose"}, {"push", "--bundle", host + "/apps/shop:bundle"}} {
		p.OK(args...)
		ref := args[len(args)-1]
		dir := t.TempDir()
		var pulled struct {
			Files []struct{ Path, Kind string }
		}
		p.Decode(&pulled, "pull", "-o", "json", "--platform", "linux/s390x", "-d", dir, ref)
		var flags []string
		for _, f := range pulled.Files {
			require.True(t, filepath.IsAbs(f.Path))
			if f.Kind == "compose" {
				flags = append(flags, "-f", f.Path)
				continue
			}
			require.Equal(t, "image-digests.yaml", filepath.Base(f.Path))
		}
		require.Equal(t, string(c.Config("-f", "oci://"+ref)), string(c.Config(flags...)))
	}
}
