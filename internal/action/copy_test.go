package action

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// copyTo copies a package to a repository of a registry.
func copyTo(t *testing.T, src name.Reference, host string, bundle bool) made {
	t.Helper()
	to, err := name.NewRepository(host + "/mirror/shop")
	require.NoError(t, err)
	client := newSession()
	copied, err := publish.Copy(t.Context(), client, at(src), client.Registry(to), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}, Bundle: bundle})
	require.NoError(t, err)
	return made{copied, to.Digest(copied.Package.Digest().String())}
}

func TestCopyLooseKeepsEveryDigest(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	pushed := push(t, shopAt(t, from.Host, artifact.Loose), "1")
	for _, host := range []string{from.Host, to.Host} {
		copied := copyTo(t, pushed.Digest, host, false)
		require.Equal(t, pushed.Digest.DigestStr(), copied.Digest.DigestStr())
		require.True(t, verifyAt(t, copied.Digest).OK)
	}
}

func TestCopyBundles(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	spec := shopAt(t, from.Host, artifact.Loose)
	loose := push(t, spec, "loose")
	spec.Mode = artifact.Bundled
	bundled := push(t, spec, "bundled")

	fromLoose := copyTo(t, loose.Digest, to.Host, true)
	fromBundle := copyTo(t, bundled.Digest, to.Host, false)
	require.Equal(t, fromLoose.Package.Digest(), fromBundle.Package.Digest(),
		"copying a loose package with Bundle must give the same digest as a pushed bundle")
	from.Close()
	v := verifyAt(t, fromBundle.Digest)
	require.True(t, v.OK, "%+v", v.Problems)
}

func TestCopyOfOnePlatformBundles(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	spec := shopAt(t, from.Host, artifact.Loose)
	arm64, err := artifact.ParsePlatform("linux/arm64")
	require.NoError(t, err)
	spec.Platforms = append(spec.Platforms, arm64)
	loose := push(t, spec, "1")
	copied := copyTo(t, loose.Digest, to.Host, true)
	stored := fetch(t, copied.Digest)
	require.Equal(t, "linux/arm64", stored.Compositions[0].Platform.String())
	from.Close()
	require.True(t, verifyAt(t, copied.Digest).OK)
}

func TestCopyIncludesTheSubject(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
		spec := shopAt(t, from.Host, mode)
		spec.image = reference(t, from.Host+"/src/web:1")
		attached := push(t, spec, "")
		copied := copyTo(t, attached.Digest, to.Host, false)
		require.True(t, verifyAt(t, copied.Digest).OK)
		subject := copied.Digest.Context().Digest(attached.Package.Subject.Digest.String())
		listing, err := inspect.Referrers(t.Context(), at(subject), inspect.ListOptions{ArtifactType: artifact.Type})
		require.NoError(t, err)
		var digests []string
		for _, r := range listing.Referrers {
			digests = append(digests, r.Digest)
		}
		require.Contains(t, digests, copied.Digest.DigestStr())
		for _, part := range copied.Spec.Parts {
			require.Contains(t, part.Pins["services.web.image"].Ref, to.Host+"/mirror/shop@", "the subject's service uses the copied image")
		}
	}
}
