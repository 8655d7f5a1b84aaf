package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestBundleSurvivesItsSources: a bundle is complete after the source repositories of its images
// were deleted.
func TestBundleSurvivesItsSources(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"push", "--bundle"},
		{"push", "--bundle", "--platform", "linux/amd64"},
		{"push", "--bundle", "--platform", "linux/amd64", "--platform", "linux/arm64"},
		{"push", "--bundle", "--no-portable"},
		{"push", "--bundle", "--flat"},
		{"push", "--bundle", "--flat", "--platform", "linux/amd64", "--platform", "linux/arm64"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			host := registrytest.Start(t).Host
			p := programtest.New(t)
			p.WriteShop(host, append(programtest.Platforms(), "linux/s390x")...)
			p.OK(append(args, host+"/apps/shop:1")...)
			registrytest.Erase(t, programtest.Sources(host)...)
			p.RequireComplete(host + "/apps/shop:1")
			require.NotZero(t, p.Run("push", host+"/apps/again:1").Status, "the sources must be deleted")
		})
	}
}

// TestBundleSurvivesGarbageCollection: a registry's cleanup of untagged content does not damage
// it.
func TestBundleSurvivesGarbageCollection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, program string
		start         func(testing.TB, ...realtest.Option) string
		args          []string
		whole         bool
	}{
		{"distribution 3", "registry", realtest.Distribution, []string{"push", "--bundle"}, true},
		{"distribution 3, flat", "registry", realtest.Distribution, []string{"push", "--bundle", "--flat"}, true},
		{"docker-registry 2.8, flat", "docker-registry", realtest.DockerRegistry, []string{"push", "--bundle", "--flat", "--tag-images"}, true},
		{"docker-registry 2.8", "docker-registry", realtest.DockerRegistry, []string{"push", "--bundle", "--tag-images"}, true},
		// This is why --tag-images exists.
		{"docker-registry 2.8 without tags", "docker-registry", realtest.DockerRegistry, []string{"push", "--bundle"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startStored(t, test.program, test.start)
			p := programtest.New(t)
			p.WriteShop(s.host)
			p.OK(append(test.args, s.host+"/apps/shop:1")...)
			p.RequireComplete(s.host + "/apps/shop:1")
			registrytest.Erase(t, programtest.Sources(s.host)...)
			s.collectGarbage(t)
			if test.whole {
				p.RequireComplete(s.host + "/apps/shop:1")
				return
			}
			_, err := registrytest.Reach(registrytest.Parse(t, s.host+"/apps/shop:1"))
			require.True(t, registrytest.IsNotFound(err), "the cleanup must delete untagged manifests: %v", err)
			require.Equal(t, 4, p.Run("verify", s.host+"/apps/shop:1").Status)
		})
	}
}

// TestFlatBundleSurvivesShallowGarbageCollection: some registries keep tagged manifests and the
// manifests that those list, but no deeper ones. A flat bundle needs no more.
func TestFlatBundleSurvivesShallowGarbageCollection(t *testing.T) {
	t.Parallel()
	for _, flat := range []bool{true, false} {
		server := registrytest.Start(t)
		p := programtest.New(t)
		p.WriteShop(server.Host)
		args := []string{"push", "--bundle", server.Host + "/apps/shop:1"}
		if flat {
			args = append(args, "--flat")
		}
		p.OK(args...)
		keepChildren(t, server.Host+"/apps/shop")
		registrytest.Erase(t, programtest.Sources(server.Host)...)
		if flat {
			p.RequireComplete(server.Host + "/apps/shop:1")
			continue
		}
		require.Equal(t, 4, p.Run("verify", server.Host+"/apps/shop:1").Status)
	}
}

// keepChildren deletes the manifests of a repository, except those with a tag and those that a
// tagged index lists.
func keepChildren(t testing.TB, repository string) {
	t.Helper()
	repo, err := name.NewRepository(repository, name.Insecure)
	require.NoError(t, err)
	tags, err := remote.List(repo)
	require.NoError(t, err)
	kept, found := map[v1.Hash]bool{}, map[v1.Hash]bool{}
	var walk func(ref name.Reference, tagged bool)
	walk = func(ref name.Reference, tagged bool) {
		d, err := remote.Get(ref)
		require.NoError(t, err)
		found[d.Digest] = true
		kept[d.Digest] = kept[d.Digest] || tagged
		if !d.MediaType.IsIndex() {
			return
		}
		index, err := v1.ParseIndexManifest(bytes.NewReader(d.Manifest))
		require.NoError(t, err)
		for _, child := range index.Manifests {
			kept[child.Digest] = kept[child.Digest] || tagged
			walk(repo.Digest(child.Digest.String()), false)
		}
	}
	for _, tag := range tags {
		walk(repo.Tag(tag), true)
	}
	for digest := range found {
		if !kept[digest] {
			require.NoError(t, remote.Delete(repo.Digest(digest.String())))
		}
	}
}

// stored is a real registry with a known folder, so that a cleanup can run on it.
type stored struct {
	host, dir, program string
}

func startStored(t testing.TB, program string, start func(testing.TB, ...realtest.Option) string) stored {
	dir := t.TempDir()
	return stored{host: start(t, realtest.WithDir(dir)), dir: dir, program: tooltest.Lookup(t, program)}
}

// collectGarbage removes untagged content, as administrators do to free space.
func (s stored) collectGarbage(t testing.TB) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.yml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %q\n", s.dir), 0o600))
	p := programtest.New(t)
	p.Env = []string{"OTEL_TRACES_EXPORTER=none"}
	p.Output(s.program, "garbage-collect", "--delete-untagged=true", config)
}
