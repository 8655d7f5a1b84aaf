package action

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// sign writes an image under a tag, as older versions of cosign do.
func sign(t *testing.T, subject name.Digest, suffix string) name.Tag {
	t.Helper()
	digest, err := v1.NewHash(subject.DigestStr())
	require.NoError(t, err)
	tag := subject.Context().Tag(follow.SignatureTag(digest, suffix))
	image, err := mutate.AppendLayers(empty.Image, static.NewLayer([]byte("signed "+suffix), types.OCILayer))
	require.NoError(t, err)
	require.NoError(t, remote.Write(tag, image))
	return tag
}

// Content that has no subject but is found by a tag is copied too: with the package, and on
// request with images.
func TestCosignTagsAreCopied(t *testing.T) {
	from, to := registrytest.Start(t), registrytest.Start(t)
	plan := shopAt(t, from.Host, artifact.Loose)
	pushed := push(t, plan, "1")
	own := sign(t, pushed.Digest, ".sig")
	ref := reference(t, plan.project.Images[0].Ref)
	image, err := remote.Get(ref)
	require.NoError(t, err)
	ofImage := sign(t, ref.Context().Digest(image.Digest.String()), ".att")

	target, err := name.NewRepository(to.Host + "/mirror")
	require.NoError(t, err)
	copyWith := func(which follow.Following, bundle bool) publish.Pushed {
		client := newSession()
		copied, err := publish.Copy(t.Context(), client, at(pushed.Digest), client.Registry(target), publish.CopyOptions{
			PushOptions: publish.PushOptions{Tag: "1", Following: which, Force: true}, Bundle: bundle,
		})
		require.NoError(t, err)
		return copied
	}
	is := func(tag string) bool {
		_, err := remote.Head(target.Tag(tag))
		return err == nil
	}
	copyWith(follow.Following{None: true}, false)
	require.False(t, is(own.TagStr()))
	copied := copyWith(follow.Following{}, false)
	require.True(t, is(own.TagStr()))
	require.Nil(t, copied.LeftBehind)
	require.False(t, is(ofImage.TagStr()))

	bundled := copyWith(follow.Following{All: true}, true)
	require.True(t, is(ofImage.TagStr()))
	require.NotNil(t, bundled.LeftBehind)
	require.Contains(t, bundled.LeftBehind.String(), "1 referrers of "+from.Host+"/shop@"+pushed.Digest.DigestStr()+" are not copied")
}

// A referrer with missing content is found by a deep verification.
func TestVerifyFindsDamagedReferrers(t *testing.T) {
	from := registrytest.Start(t)
	pushed := push(t, shopAt(t, from.Host, artifact.Bundled), "1")
	signature := sign(t, pushed.Digest, ".sig")
	image, err := remote.Image(signature)
	require.NoError(t, err)
	layers, err := image.Layers()
	require.NoError(t, err)
	digest, err := layers[0].Digest()
	require.NoError(t, err)
	deep := func() bool {
		v, err := verify.Package(t.Context(), newSession(), at(pushed.Digest), verify.Options{Deep: true})
		require.NoError(t, err)
		return v.OK
	}
	require.True(t, deep())
	deleteBlob(t, from, pushed.Digest.Context(), digest)
	require.False(t, deep())
	require.True(t, verifyAt(t, pushed.Digest).OK)
}
