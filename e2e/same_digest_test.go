package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestSameProjectSameDigest: a package does not depend on the place, time and speed of packaging,
// and existing content is not uploaded again.
func TestSameProjectSameDigest(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"push"},
		{"push", "--bundle"},
		{"push", "--platform", "linux/arm64"},
		{"push", "--bundle", "--platform", "linux/arm64", "--platform", "linux/amd64"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t)
			p := programtest.New(t)
			p.WriteShop(server.Host)
			target := server.Host + "/apps/shop:1"
			want := p.OK(append(args, target)...)

			server.Reset()
			require.Equal(t, want, p.OK(append(args, target)...))
			require.Empty(t, matching(server, "PUT|POST|PATCH|DELETE", `.`))

			// Another folder, another home, one request at a time.
			other := programtest.New(t)
			other.Write("compose.yaml", p.Read("compose.yaml"))
			require.Equal(t, want, other.OK(append(args, "--jobs", "1", target)...))
			_, digest, _ := strings.Cut(want, "@")
			require.Equal(t, digest, registrytest.Digest(t, target))
			require.Empty(t, matching(server, "PUT|POST|PATCH|DELETE", `.`))

			// Another tag of the same project costs one manifest, and no files or images.
			require.Equal(t, want, p.OK(append(args, server.Host+"/apps/shop:2")...))
			require.Equal(t, digest, registrytest.Digest(t, server.Host+"/apps/shop:2"))
		})
	}
}

// TestPushesAtTheSameTime: concurrent pushes of one project to one repository give the same
// package.
func TestPushesAtTheSameTime(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	p := programtest.New(t)
	p.WriteShop(server.Host)
	results := make([]programtest.Result, 4)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { results[i] = p.Run("push", "--bundle", server.Host+"/apps/shop:1") })
	}
	group.Wait()
	for _, r := range results {
		require.Zero(t, r.Status, r.Stderr)
		require.Equal(t, results[0].Stdout, r.Stdout)
	}
	registrytest.Fetch(t, server.Host+"/apps/shop:1")
}

// TestAttachTwice: attaching again gives the same digests, uploads no blobs and does not change
// the list of referrers.
func TestAttachTwice(t *testing.T) {
	t.Parallel()
	for _, api := range []bool{true, false} {
		t.Run(fmt.Sprintf("referrers API %t", api), func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t, registry.WithReferrersAPI(api))
			p := programtest.New(t)
			p.WriteShop(server.Host)
			image := server.Host + "/images/web:1"
			want := p.OK("attach", image)
			before := p.OK("referrers", "--all", "-o", "json", image)
			server.Reset()
			require.Equal(t, want, p.OK("attach", image))
			require.Empty(t, matching(server, "POST|PATCH|DELETE", `.`), "no blob must be uploaded")
			require.Empty(t, matching(server, "PUT", `/manifests/[^:]+$`), "no tag must be written")
			require.Equal(t, before, p.OK("referrers", "--all", "-o", "json", image))
		})
	}
}
