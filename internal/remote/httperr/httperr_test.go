package httperr

import (
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

func TestErrorMessages(t *testing.T) {
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
		err := fmt.Errorf("getting blob %q: %w", "x", Check(answer(403, tt.body), 200))
		require.ErrorContains(t, err, tt.want)
		require.NotContains(t, err.Error(), tt.wont)
		require.NotContains(t, err.Error(), "hush")
		require.Contains(t, err.Error(), "https://cdn.example/blob?")
		require.True(t, IsUnauthorized(err))
		require.False(t, IsNotFound(err))
		var te *transport.Error
		require.True(t, errors.As(err, &te))
		require.Empty(t, te.Request.Header, "the error must not keep credentials")
	}
	require.NoError(t, Check(answer(200, ""), 200))
}

func TestRedactedURLs(t *testing.T) {
	inner := io.ErrUnexpectedEOF
	err := Redact(fmt.Errorf("outer: %w", &url.Error{Op: "Get", URL: "https://cdn.example/b?sig=hush&n=1", Err: inner}))
	require.Equal(t, `Get "https://cdn.example/b?n=1&sig=REDACTED": unexpected EOF`, err.Error())
	require.ErrorIs(t, err, inner)
	require.Equal(t, inner, Redact(inner))
	require.NotContains(t, Redact(&url.Error{Op: "Get", URL: "https://%zz?hush", Err: inner}).Error(), "hush")
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
		if len(text) > 8*maxText {
			t.Fatalf("%d bytes of error", len(text))
		}
		for _, r := range text {
			if unicode.IsControl(r) {
				t.Fatalf("a control character in %q", text)
			}
		}
		if !HasStatus(err, status) {
			t.Fatalf("the status is lost: %v", err)
		}
	})
}
