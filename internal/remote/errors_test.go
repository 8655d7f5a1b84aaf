package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"
)

func answer(status int, body string) *http.Response {
	u, _ := url.Parse("https://user:hush@cdn.example/blob?X-Amz-Signature=hush&digest=sha256:0")
	return &http.Response{
		StatusCode: status,
		Request:    &http.Request{Method: "GET", URL: u, Header: http.Header{"Authorization": {"Bearer hush"}}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

func TestErrorsForPeople(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	for _, tt := range []struct {
		body       string
		want, wont string
	}{
		{`{"errors":[{"code":"DENIED","message":"not for you"}]}`, "DENIED: not for you", "{"},
		{`{"errors":[{"code":"DENIED","message":"not for you","detail":{"Type":"repository"}}]}`, "DENIED: not for you", "map["},
		{`{"errors":[{"code":"X","message":"` + long + `"}]}`, "X: long long", strings.Repeat("long ", 100)},
		{`{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"},{"code":"C","message":"c"},{"code":"D","message":"d"}]}`, "A: a; B: b", "D: d"},
		{"<!DOCTYPE html><html><body>nginx</body></html>", "403 Forbidden", "nginx"},
		{"it is \x1b[31mclosed\x1b[0m\r\n today", "it is [31mclosed [0m today", "\x1b"},
		{long, "long long", strings.Repeat("long ", 100)},
		{"", "403 Forbidden", "hush"},
		{`{"errors":[]}`, "403", "hush"},
		{`{"message":"closed"}`, "closed", "hush"},
	} {
		err := fmt.Errorf("getting blob %q: %w", "x", CheckStatus(answer(403, tt.body), 200))
		require.ErrorContains(t, err, tt.want)
		require.NotContains(t, err.Error(), tt.wont)
		require.NotContains(t, err.Error(), "hush")
		require.Contains(t, err.Error(), "https://cdn.example/blob?")
		require.True(t, IsUnauthorized(err))
		require.False(t, IsNotFound(err))
		var te *transport.Error
		require.True(t, errors.As(err, &te))
		require.Empty(t, te.Request.Header, "no credential is kept")
	}
	require.NoError(t, CheckStatus(answer(200, ""), 200))
}

func TestRedactedAddresses(t *testing.T) {
	inner := io.ErrUnexpectedEOF
	err := redact(fmt.Errorf("outer: %w", &url.Error{Op: "Get", URL: "https://cdn.example/b?sig=hush&n=1", Err: inner}))
	require.Equal(t, `Get "https://cdn.example/b?n=1&sig=REDACTED": unexpected EOF`, err.Error())
	require.ErrorIs(t, err, inner)
	require.Equal(t, inner, redact(inner))
	require.NotContains(t, redact(&url.Error{Op: "Get", URL: "https://%zz?hush", Err: inner}).Error(), "hush")
}

func FuzzErrorBodies(f *testing.F) {
	f.Add(400, []byte(`{"errors":[{"code":"DENIED","message":"no","detail":"x"}]}`))
	f.Add(502, []byte("<html>"))
	f.Add(500, []byte("\x1b]0;title\x07\u202egnp"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status == 200 {
			return
		}
		err := newError(status, nil, body)
		text := err.Error()
		if len(text) > 8*maxErrorText {
			t.Fatalf("%d bytes of error", len(text))
		}
		for _, r := range text {
			if unicode.IsControl(r) {
				t.Fatalf("a control character in %q", text)
			}
		}
		if !hasStatus(err, status) {
			t.Fatalf("the status is lost: %v", err)
		}
	})
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

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes 9-1/10", "bytes +1-2/3", "bytes 1-99999999999999999999/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		start, total, err := parseContentRange(s)
		if err == nil && (start < 0 || total >= 0 && start >= total) {
			t.Fatalf("%q is %d of %d", s, start, total)
		}
	})
}

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

func TestContentRanges(t *testing.T) {
	start, total, err := parseContentRange("bytes 5-9/10")
	require.NoError(t, err)
	require.EqualValues(t, 5, start)
	require.EqualValues(t, 10, total)
	_, total, err = parseContentRange("bytes 5-9/*")
	require.NoError(t, err)
	require.EqualValues(t, -1, total)
	for _, bad := range []string{"", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes -5/10", "bytes 5-/10", "bytes +5-9/10", "octets 5-9/10"} {
		_, _, err = parseContentRange(bad)
		require.Error(t, err, bad)
	}
}

func FuzzManifestMediaType(f *testing.F) {
	f.Add("application/json", []byte(`{"manifests":[]}`))
	f.Add("text/html", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, contentType string, raw []byte) {
		mt, err := manifestMediaType(contentType, raw)
		if err == nil && mt == "" {
			t.Fatal("neither a media type nor an error")
		}
		if err == nil && bytes.HasPrefix(raw, []byte("<")) {
			t.Fatal("markup is a manifest")
		}
	})
}
