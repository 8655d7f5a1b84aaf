package origin

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example/x", "https://a.example/y?z", true},
		{"https://A.example", "https://a.example", true},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "https://a.example:8443", false},
		{"https://a.example", "https://a.example.evil", false},
		{"https://a.example", "https://user@a.example", true},
	} {
		require.Equal(t, tt.want, Same(parse(t, tt.a), parse(t, tt.b)), "%s %s", tt.a, tt.b)
	}
}

func TestRedirects(t *testing.T) {
	first := &http.Request{URL: parse(t, "https://a.example/1")}
	within := &http.Request{URL: parse(t, "https://a.example/2"), Response: &http.Response{Request: first}}
	beyond := &http.Request{URL: parse(t, "https://b.example/3"), Response: &http.Response{Request: within}}
	back := &http.Request{URL: parse(t, "https://a.example/4"), Response: &http.Response{Request: beyond}}
	require.Nil(t, RedirectedFrom(nil))
	require.Nil(t, RedirectedFrom(first))
	require.Nil(t, RedirectedFrom(within))
	require.Equal(t, first.URL, RedirectedFrom(beyond))
	require.Nil(t, RedirectedFrom(back), "the last response is from the origin")

	to := func(status int, location string) *url.URL {
		return RedirectsTo(&http.Response{StatusCode: status, Header: http.Header{"Location": {location}}, Request: first})
	}
	require.Nil(t, RedirectsTo(nil))
	require.Nil(t, to(302, "/x"))
	require.Nil(t, to(200, "https://b.example"))
	require.Nil(t, to(302, ""))
	require.Equal(t, "b.example", to(307, "https://b.example/x").Host)
	require.Equal(t, "http", to(301, "http://a.example/1").Scheme)
}
