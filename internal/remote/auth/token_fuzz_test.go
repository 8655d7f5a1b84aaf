package auth

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"
)

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// FuzzToken: any response of a token server gives a token or an error, and no error contains a
// possible secret.
func FuzzToken(f *testing.F) {
	f.Add(200, []byte(`{"token":"a"}`))
	f.Add(200, []byte(`{"access_token":"a","token":"b","refresh_token":"c","expires_in":-1}`))
	f.Add(200, []byte(`{"token":["s3cret"]}`))
	f.Add(200, []byte(`s3cret`))
	f.Add(401, []byte(`{"errors":[{"code":"DENIED","message":"no"}]}`))
	f.Add(503, []byte(``))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		r := NewRegistry("a.example", authn.NewMultiKeychain(), answering(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(bytes.NewReader(body))}, nil
		}), nil)
		ch := &transport.Challenge{Scheme: "bearer", Parameters: map[string]string{"realm": "https://auth.example/token", "service": "a"}}
		token, err := r.requestToken(t.Context(), ch, &login{authenticator: authn.Anonymous}, []string{"repository:a:pull"})
		if err == nil {
			require.NotEmpty(t, token)
			return
		}
		require.Empty(t, token)
		if status < 300 {
			require.Less(t, len(err.Error()), 500)
			require.False(t, strings.Contains(err.Error(), "s3cret"), err.Error())
		}
	})
}
