package wire

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// transportFunc is a function as a transport.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// slowly returns one byte per read, and takes long for it.
type slowly struct{ io.Reader }

func (r slowly) Read(p []byte) (int, error) {
	time.Sleep(700 * time.Millisecond)
	return r.Reader.Read(p[:1])
}

// TestSlowBodyKeepsItsError: a caller that ignores an error arriving with its last byte gets it
// from the next read.
func TestSlowBodyKeepsItsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stall := &Stall{After: time.Second, Rate: 1000, Patience: &Patience{Limit: time.Minute}, Inner: transportFunc(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(slowly{bytes.NewReader(make([]byte, 10))}), Request: req}, nil
		})}
		res, err := stall.RoundTrip(httptest.NewRequest(http.MethodGet, "http://registry.example.com/v2/", nil))
		require.NoError(t, err)
		defer res.Body.Close()
		_, err = io.CopyN(io.Discard, res.Body, 2) // the rate is checked with the second byte
		require.NoError(t, err)
		n, err := res.Body.Read(make([]byte, 10))
		require.Zero(t, n)
		var slow *httperr.StallError
		require.ErrorAs(t, err, &slow)
		require.Equal(t, httperr.TooSlow, slow.Kind)
	})
}
