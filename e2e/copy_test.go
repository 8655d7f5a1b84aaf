package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestCopyNeedsNoSource: a copy is complete after the source registry was stopped.
func TestCopyNeedsNoSource(t *testing.T) {
	t.Parallel()
	embedded := func(t testing.TB) string { return registrytest.Start(t, registry.WithReferrersAPI(false)).Host }
	distribution := func(t testing.TB) string { return realtest.Distribution(t) }
	for _, test := range []struct {
		name  string
		to    func(testing.TB) string
		push  []string
		copy  []string
		mode  string
		whole bool // with its images
		found bool // from its subject
	}{
		{name: "loose", to: distribution, push: []string{"push"}, mode: "loose"},
		{name: "loose for one platform", to: embedded, push: []string{"push", "--platform", "linux/arm64"}, mode: "loose"},
		{name: "loose, bundled on the way", to: distribution, push: []string{"push"}, copy: []string{"--bundle"}, mode: "bundled", whole: true},
		{name: "loose for one platform, bundled on the way", to: embedded, push: []string{"push", "--platform", "linux/arm64"}, copy: []string{"--bundle"}, mode: "bundled", whole: true},
		{name: "bundled", to: distribution, push: []string{"push", "--bundle"}, mode: "bundled", whole: true},
		{name: "bundled for one platform", to: embedded, push: []string{"push", "--bundle", "--platform", "linux/arm64"}, mode: "bundled", whole: true},
		{name: "bundled, tagged", to: embedded, push: []string{"push", "--bundle"}, copy: []string{"--tag-images"}, mode: "bundled", whole: true},
		{name: "attached", to: distribution, push: []string{"attach"}, mode: "loose", found: true},
		{name: "attached, bundled on the way", to: embedded, push: []string{"attach"}, copy: []string{"--bundle"}, mode: "bundled", whole: true, found: true},
		{name: "attached and bundled", to: embedded, push: []string{"attach", "--bundle"}, mode: "bundled", whole: true, found: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source := registrytest.Start(t)
			to := test.to(t)
			p := programtest.New(t)
			p.WriteShop(source.Host)
			target := source.Host + "/apps/shop:1"
			if test.push[0] == "attach" {
				target = source.Host + "/images/web:1"
			}
			made := p.OK(append(test.push, target)...)
			before := p.Inspect(made)
			copied := p.OK(append(append([]string{"copy"}, test.copy...), made, to+"/mirror/shop:2")...)

			source.Close()
			after := p.Inspect(to + "/mirror/shop:2")
			require.Equal(t, copied, after.Reference)
			require.Equal(t, test.mode, after.Mode)
			registrytest.Fetch(t, copied)
			p.OK("pull", "--platform", after.AnyPlatform(), "-d", t.TempDir(), copied)
			if !test.whole && !test.found {
				require.Equal(t, before.Digest, after.Digest)
			}
			if test.whole {
				p.RequireComplete(to + "/mirror/shop:2")
			}
			// Images keep their digests.
			for i, c := range after.Compositions {
				for j, image := range c.Images {
					require.Equal(t, before.Compositions[i].Images[j].Digest, image.Digest)
					require.Equal(t, before.Compositions[i].Images[j].Path, image.Path)
				}
			}
			if test.found {
				require.Equal(t, before.Subject.Digest, after.Subject.Digest)
				require.Equal(t, copied, p.Referrers(to + "/mirror/shop@" + before.Subject.Digest)[0].Reference)
				web := after.Last().ImagesByService()["web"]
				require.Equal(t, to+"/mirror/shop@"+before.Subject.Digest, web)
				registrytest.Fetch(t, web)
			}
		})
	}
}

// TestCopyInsideARegistry transfers no bytes of images: blobs are mounted.
func TestCopyInsideARegistry(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	p := programtest.New(t)
	p.WriteShop(server.Host)
	p.OK("push", server.Host+"/apps/shop:1")
	p.OK("copy", "--bundle", server.Host+"/apps/shop:1", server.Host+"/apps/bundle:1")
	files := map[string]bool{}
	for _, c := range p.Inspect(server.Host + "/apps/bundle:1").Compositions {
		for _, f := range c.Files {
			files[f.Digest] = true
		}
	}
	server.Reset()
	p.OK("copy", server.Host+"/apps/bundle:1", server.Host+"/elsewhere/bundle:1")
	require.NotEmpty(t, matching(server, "POST", `^/v2/elsewhere/bundle/blobs/uploads/`))
	require.Empty(t, matching(server, "any", `^/v2/images/`), "the images' repositories must get no requests")
	for _, r := range server.Requests() {
		if _, digest, blob := strings.Cut(r.Path, "/blobs/sha256:"); blob && r.Method == "GET" {
			require.True(t, files["sha256:"+digest], "%s: blobs of images must not be read", r.Path)
		}
	}
}
