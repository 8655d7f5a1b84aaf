package remote

import (
	"context"
	"fmt"
	"net/http"
)

// stamp is the credential of one request and the only origin it may go to.
type stamp struct {
	scheme, host  string
	authorization string
}

type stampKey struct{}

// stamper is the lowest layer above the connection. The http.Client above it
// follows redirects with the headers of the first request, so a credential
// among them would travel; here it is added to each hop that is the
// credential's own origin, and to no other.
type stamper struct {
	inner     http.RoundTripper
	plain     *plainHTTP
	userAgent string
}

func (s *stamper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && !s.plain.allows(req.URL.Host) {
		closeBody(req)
		return nil, &permanentError{fmt.Errorf("requesting %s://%s: %w", req.URL.Scheme, req.URL.Host, ErrPlainHTTP)}
	}
	out := req.Clone(req.Context())
	if out.Header.Get("User-Agent") == "" && s.userAgent != "" {
		out.Header.Set("User-Agent", s.userAgent)
	}
	if st, ok := req.Context().Value(stampKey{}).(stamp); ok {
		out.Header.Del("Authorization")
		if st.authorization != "" && st.scheme == out.URL.Scheme && st.host == out.URL.Host {
			out.Header.Set("Authorization", st.authorization)
		}
	}
	return s.inner.RoundTrip(out)
}

func withStamp(ctx context.Context, st stamp) context.Context {
	return context.WithValue(ctx, stampKey{}, st)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
