package auth

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzChallenge(f *testing.F) {
	for _, s := range []string{
		`Bearer realm="https://auth.example/token",service="r",scope="repository:a:pull"`, `Basic realm="x", Bearer realm=y`,
		`Negotiate, Basic realm="a\"b"`, `Negotiate abc==`, `"`, `Bearer realm=`, `Bearer realm="open`, `a b c`, `=,=,`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range parseChallenges(http.Header{"Www-Authenticate": {s, s}}) {
			if c.scheme == "" || c.scheme != strings.ToLower(c.scheme) {
				t.Fatalf("%q has the scheme %q", s, c.scheme)
			}
			for _, name := range parseScopes(c.params["scope"]).strings() {
				if strings.ContainsAny(name, " \t\n") {
					t.Fatalf("the scope %q", name)
				}
			}
		}
	})
}

func TestChallenges(t *testing.T) {
	got := parseChallenges(http.Header{"Www-Authenticate": {
		`Negotiate`, `Bearer realm="https://a.example/t?x=1,2",service=registry.example,scope="repository:a/b:pull,push repository:c:pull" , Basic realm="say \"hi\""`,
	}})
	require.Equal(t, []challenge{
		{"negotiate", map[string]string{}},
		{"bearer", map[string]string{"realm": "https://a.example/t?x=1,2", "service": "registry.example", "scope": "repository:a/b:pull,push repository:c:pull"}},
		{"basic", map[string]string{"realm": `say "hi"`}},
	}, got)
	ch, ok := pickChallenge(got)
	require.True(t, ok)
	require.Equal(t, "bearer", ch.scheme)
	require.Equal(t, []string{"repository:a/b:pull,push", "repository:c:pull"}, parseScopes(ch.params["scope"]).strings())
	_, ok = pickChallenge(got[:1])
	require.False(t, ok)
}
