package content

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocations(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "registry.example", Path: "/v2/team/app/blobs/uploads/"}
	for in, want := range map[string]string{
		"/v2/team/app/blobs/uploads/1":                               "https://registry.example/v2/team/app/blobs/uploads/1?digest=d",
		"1?_state=x%2By":                                             "https://registry.example/v2/team/app/blobs/uploads/1?_state=x%2By&digest=d",
		"https://registry.example/u?digest=old":                      "https://registry.example/u?digest=d",
		"http://registry.example/u":                                  "https://registry.example/u?digest=d",
		"http://registry.example:80/u":                               "https://registry.example/u?digest=d",
		"https://user:password@registry.example/u#x":                 "https://registry.example/u?digest=d",
		"https://storage.example/u?X-Signature=hush":                 "https://storage.example/u?X-Signature=hush&digest=d",
		"//storage.example/u":                                        "https://storage.example/u?digest=d",
		"https://registry.example:8443/v2/team/app/blobs/uploads/1?": "https://registry.example:8443/v2/team/app/blobs/uploads/1?digest=d",
	} {
		u, err := resolveLocation(base, in)
		require.NoError(t, err, in)
		require.Equal(t, want, withDigest(u, "d").String(), in)
	}
	for _, in := range []string{"", "ftp://registry.example/u", "mailto:me@example.com", "https://", "https:\x7f//x", "file:///etc/passwd"} {
		_, err := resolveLocation(base, in)
		require.Error(t, err, in)
	}
}

func FuzzLocation(f *testing.F) {
	for _, s := range []string{"/v2/a/blobs/uploads/1?_state=x", "https://storage.example/u?sig=1", "//h/u", "http://registry.example:80/x", "x:y", "?", "https://a@b@c/"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "registry.example", Path: "/v2/team/app/blobs/uploads/"}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := resolveLocation(base, s)
		if err != nil {
			return
		}
		got := withDigest(u, "sha256:0")
		if got.Host == "" || got.Scheme != "http" && got.Scheme != "https" || got.User != nil {
			t.Fatalf("%q became %q", s, got)
		}
		if got.Query().Get("digest") != "sha256:0" {
			t.Fatalf("%q has no digest", got)
		}
		if got.Host == base.Host && got.Scheme != base.Scheme {
			t.Fatalf("%q left TLS", s)
		}
	})
}
