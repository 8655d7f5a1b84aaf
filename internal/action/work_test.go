package action

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// tokenRegistry starts a registry that issues tokens to anyone. The returned function returns the
// scopes of the tokens issued since its last call, in order.
func tokenRegistry(t *testing.T) (*registrytest.Server, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var tokens []string
	anybody := registry.Access{
		Allow: func(_, _, _ string) bool { return true },
		OnToken: func(_ string, scopes []string) {
			mu.Lock()
			defer mu.Unlock()
			tokens = append(tokens, strings.Join(scopes, " "))
		},
	}
	s := registrytest.Start(t, registry.WithTokenAuth(anybody))
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		defer func() { tokens = nil }()
		return tokens
	}
}

// both are the scopes to pull the images of the tests below.
const both = "repository:src0/app:pull repository:src1/app:pull"

// TestPushRequestsOneToken: a push selects platforms once, and requests one token per registry,
// to read the images and to write the target. With two registries, pings and tokens are requested
// concurrently.
func TestPushRequestsOneToken(t *testing.T) {
	for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
		s, tokens := tokenRegistry(t)
		spec := application(t, s, 2, 2, twelveManifests)
		spec.Mode = mode
		push := func() {
			client := newSession()
			_, err := spec.push(t, client, publish.PushOptions{Tag: "1"})
			require.NoError(t, err)
			require.EqualValues(t, 1, client.Plans.Load(), "%s, selections of platforms", mode)
		}
		tokens()
		for _, what := range []string{"first", "repeat"} {
			push()
			require.Equal(t, []string{"repository:app:pull,push " + both}, tokens(), "%s, one registry, %s", mode, what)
		}

		other, otherTokens := tokenRegistry(t)
		spec.Repository = appAt(t, other)
		for _, what := range []string{"first", "repeat"} {
			push()
			require.Equal(t, []string{both}, tokens(), "%s, source, %s", mode, what)
			require.Equal(t, []string{"repository:app:pull,push"}, otherTokens(), "%s, target, %s", mode, what)
		}
	}
}

// TestCopyRequestsFewTokens: a copy to a bundle selects platforms once. It requests a token to
// read the package. When the images are known, it requests one more token in each registry where
// the first does not allow the rest.
func TestCopyRequestsFewTokens(t *testing.T) {
	s, tokens := tokenRegistry(t)
	other, otherTokens := tokenRegistry(t)
	spec := application(t, s, 2, 2, twelveManifests)
	spec.Mode = artifact.Loose
	loose := pushOnce(t, spec)
	spec.Mode, spec.Repository = artifact.Bundled, spec.Repository.Registry.Repo("bundle")
	bundled := pushOnce(t, spec)
	for _, test := range []struct {
		name   string
		from   made
		target name.Repository
		source []string
		other  []string
	}{
		{"loose, one registry", loose, spec.Repository.Registry.Repo("copy"), []string{"repository:app:pull", "repository:copy:pull,push " + both}, nil},
		{"loose, two registries", loose, appAt(t, other).Registry.Repo("copy"), []string{"repository:app:pull", both}, []string{"repository:copy:pull,push"}},
		{"a bundle, one registry", bundled, spec.Repository.Registry.Repo("copy2"), []string{"repository:bundle:pull", "repository:bundle:pull repository:copy2:pull,push"}, nil},
		{"a bundle, two registries", bundled, appAt(t, other).Registry.Repo("copy2"), []string{"repository:bundle:pull"}, []string{"repository:copy2:pull,push"}},
	} {
		for _, what := range []string{"first", "repeat"} {
			tokens()
			otherTokens()
			client := newSession()
			_, err := publish.Copy(t.Context(), client, session.Location{Store: client.Registry(test.from.Digest.Context()), Ref: test.from.Digest.Identifier()},
				client.Registry(test.target), publish.CopyOptions{PushOptions: publish.PushOptions{Tag: "1"}, Bundle: true})
			require.NoError(t, err)
			require.EqualValues(t, 1, client.Plans.Load(), "%s, %s", test.name, what)
			require.Equal(t, test.source, tokens(), "%s, %s", test.name, what)
			require.Equal(t, test.other, otherTokens(), "%s, %s", test.name, what)
		}
	}
}
