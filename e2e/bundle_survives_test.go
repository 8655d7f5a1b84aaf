package e2e

import (
	"strings"
	"testing"

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
