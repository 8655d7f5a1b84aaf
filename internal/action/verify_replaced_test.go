package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestVerifyFindsACompositionAsAnImage: as with older versions, the tag of an image was
// replaced by a package, which is then pinned.
func TestVerifyFindsACompositionAsAnImage(t *testing.T) {
	s := registrytest.Start(t)
	inner := push(t, shopAt(t, s.Host, artifact.Loose), "inner")
	p := shopAt(t, s.Host, artifact.Loose)
	web := "services.web.image"
	images, err := session.Resolver{Session: newSession()}.ByPath(t.Context(), p.project.Images)
	require.NoError(t, err)
	images[web] = &artifact.Image{Name: "wrong", Origin: "wrong", Root: inner.Package.Content(), Ref: inner.Digest}
	p.project.Images[1].Ref = inner.Digest.Context().Name() + ":inner"
	require.Equal(t, web, p.project.Images[1].Path)
	client := newSession()
	pushed, err := publish.NewPublisher(t.Context(), client, client.Registry(p.Repository), publish.PushOptions{Tag: "outer"}).PushProject(t.Context(), p.project, images, p.Options)
	require.NoError(t, err)
	v := verifyAt(t, p.Repository.Digest(pushed.Package.Digest().String()))
	require.NotEmpty(t, v.Problems)
	for _, problem := range v.Problems {
		require.Equal(t, "pin", problem.Kind)
		require.Equal(t, "a composition, not a container image", problem.Reason)
	}
}
