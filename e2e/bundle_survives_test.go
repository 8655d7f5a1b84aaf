package e2e

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// sources are the repositories that the shop's images come from.
func sources(host string) []string {
	return []string{host + "/images/web", host + "/images/db", host + "/images/cache"}
}

// requireWhole shows that a bundle needs nothing but its repository: every image
// that it pins can be fetched to the last byte, and it pulls.
func (p *program) requireWhole(ref string) {
	p.t.Helper()
	fetch(p.t, ref)
	repo, _, _ := strings.Cut(ref, "@")
	if !strings.Contains(ref, "@") {
		repo = ref[:strings.LastIndex(ref, ":")]
	}
	report := p.inspect(ref)
	for _, c := range report.Compositions {
		for service, image := range c.images() {
			require.True(p.t, strings.HasPrefix(image, repo+"@sha256:"), "%s of %s is %s", service, c.Digest, image)
			fetch(p.t, image)
		}
	}
	p.ok("images", ref)
	p.ok("verify", ref)
	p.ok("pull", "--platform", report.anyPlatform(), "-d", p.t.TempDir(), ref)
}

// TestBundleSurvivesItsSources: a bundle is whole after the repositories that its
// images came from are gone.
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
			p := newProgram(t)
			p.writeShop(host, append(platforms, "linux/s390x")...)
			p.ok(append(args, host+"/apps/shop:1")...)
			erase(t, sources(host)...)
			p.requireWhole(host + "/apps/shop:1")
			require.NotZero(t, p.run("push", host+"/apps/again:1").status, "the sources are still there")
		})
	}
}

// TestBundleSurvivesGarbageCollection: nor does a registry's clean-up of what no
// tag reaches take anything of it.
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
		// Which is why there is --tag-images.
		{"docker-registry 2.8 without tags", "docker-registry", realtest.DockerRegistry, []string{"push", "--bundle"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := startStored(t, test.program, test.start)
			p := newProgram(t)
			p.writeShop(s.host, platforms...)
			p.ok(append(test.args, s.host+"/apps/shop:1")...)
			p.requireWhole(s.host + "/apps/shop:1")
			erase(t, sources(s.host)...)
			s.collectGarbage(t)
			if test.whole {
				p.requireWhole(s.host + "/apps/shop:1")
				return
			}
			_, err := reach(parse(t, s.host+"/apps/shop:1"))
			require.True(t, isGone(err), "this registry keeps everything: %v", err)
			require.Equal(t, 4, p.run("verify", s.host+"/apps/shop:1").status)
		})
	}
}

// TestFlatBundleSurvivesWhereOnlyChildrenStay: some registries keep what a tag points at and
// what that lists, and nothing below. A flat bundle needs no more.
func TestFlatBundleSurvivesWhereOnlyChildrenStay(t *testing.T) {
	t.Parallel()
	for _, flat := range []bool{true, false} {
		server := registrytest.Start(t)
		p := newProgram(t)
		p.writeShop(server.Host, platforms...)
		args := []string{"push", "--bundle", server.Host + "/apps/shop:1"}
		if flat {
			args = append(args, "--flat")
		}
		p.ok(args...)
		keepChildren(t, server.Host+"/apps/shop")
		erase(t, sources(server.Host)...)
		if flat {
			p.requireWhole(server.Host + "/apps/shop:1")
			continue
		}
		require.Equal(t, 4, p.run("verify", server.Host+"/apps/shop:1").status)
	}
}

// keepChildren deletes the manifests of a repository but for those with a tag and those that
// these list.
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
