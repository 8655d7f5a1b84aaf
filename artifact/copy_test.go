package artifact

import (
	"context"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// copyTo copies a package to a repository of a registry.
func copyTo(t *testing.T, src name.Reference, host string, bundle bool) Pushed {
	t.Helper()
	to, err := name.NewRepository(host + "/mirror/shop")
	require.NoError(t, err)
	copied, err := newRemote().Copy(context.Background(), src, to, CopyOptions{PushOptions: PushOptions{Tag: "1"}, Bundle: bundle})
	require.NoError(t, err)
	return copied
}

func TestCopyLooseKeepsEveryDigest(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	pushed := push(t, shopAt(t, from.Host, Loose), "1")
	for _, host := range []string{from.Host, to.Host} {
		copied := copyTo(t, pushed.Digest, host, false)
		require.Equal(t, pushed.Digest.DigestStr(), copied.Digest.DigestStr())
		require.True(t, verify(t, copied.Digest).OK)
	}
}

func TestCopyBundles(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	spec := shopAt(t, from.Host, Loose)
	loose := push(t, spec, "loose")
	spec.Mode = Bundled
	bundled := push(t, spec, "bundled")

	fromLoose := copyTo(t, loose.Digest, to.Host, true)
	fromBundle := copyTo(t, bundled.Digest, to.Host, false)
	require.Equal(t, fromLoose.Package.Root.Descriptor.Digest, fromBundle.Package.Root.Descriptor.Digest,
		"a loose package that is bundled on its way is the bundle")
	from.Close()
	v := verify(t, fromBundle.Digest)
	require.True(t, v.OK, "%+v", v.Problems)
}

func TestCopyOfOnePlatformBundles(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	spec := shopAt(t, from.Host, Loose)
	arm64, err := ParsePlatform("linux/arm64")
	require.NoError(t, err)
	spec.Platforms = append(spec.Platforms, arm64)
	loose := push(t, spec, "1")
	copied := copyTo(t, loose.Digest, to.Host, true)
	stored, err := newRemote().Fetch(context.Background(), copied.Digest)
	require.NoError(t, err)
	require.Equal(t, "linux/arm64", stored.Compositions[0].Platform.String())
	from.Close()
	require.True(t, verify(t, copied.Digest).OK)
}

func TestCopyTakesTheSubjectAlong(t *testing.T) {
	ctx := context.Background()
	from, to := registrytest.Start(t), registrytest.Start(t)
	image, err := ParseImage(from.Host + "/src/web:1")
	require.NoError(t, err)
	for _, mode := range []Mode{Loose, Bundled} {
		spec, err := newRemote().SpecFor(ctx, shopAt(t, from.Host, mode), image, nil)
		require.NoError(t, err)
		attached := push(t, spec, "")
		copied := copyTo(t, attached.Digest, to.Host, false)
		require.True(t, verify(t, copied.Digest).OK)
		subject := copied.Digest.Context().Digest(spec.Subject.Root.Descriptor.Digest.String())
		listing, err := newRemote().Referrers(ctx, subject, ListOptions{ArtifactType: Type})
		require.NoError(t, err)
		var digests []string
		for _, r := range listing.Referrers {
			digests = append(digests, r.Digest)
		}
		require.Contains(t, digests, copied.Digest.DigestStr())
		for _, pins := range copied.Package.Pins {
			require.Contains(t, pins.Pins["services.web.image"].Ref, to.Host+"/mirror/shop@", "the subject's service runs the copy")
		}
	}
}
