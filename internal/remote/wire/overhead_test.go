package wire

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOverheadAllowsWhatIsRead: bodies that arrive before they are read, are read slowly, or
// only in part, are no overhead.
func TestOverheadAllowsWhatIsRead(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	for _, http2 := range []bool{true, false} {
		t.Run(fmt.Sprintf("HTTP/2 %t", http2), func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				sent, _ := io.Copy(io.Discard, req.Body)
				w.Header().Set("Sent", fmt.Sprint(sent))
				_, _ = w.Write(make([]byte, size))
			}))
			s.EnableHTTP2 = http2
			s.StartTLS()
			t.Cleanup(s.Close)
			base := NewTransport(8, time.Minute)
			base.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			base.TLSClientConfig.NextProtos = nil
			t.Cleanup(base.CloseIdleConnections)
			client := http.Client{Transport: &Overhead{Inner: base}}
			for range 2 {
				var all sync.WaitGroup
				for i := range 16 {
					all.Go(func() {
						res, err := client.Post(s.URL, "", io.LimitReader(zeros{}, size))
						if err != nil {
							t.Error(err)
							return
						}
						defer res.Body.Close()
						time.Sleep(100 * time.Millisecond)
						limit := int64(size)
						if i%4 == 0 {
							limit = size / 2
						}
						n, err := io.Copy(io.Discard, io.LimitReader(res.Body, limit))
						if err != nil || n != limit || res.Header.Get("Sent") != fmt.Sprint(size) || http2 != (res.ProtoMajor == 2) {
							t.Errorf("%d bytes of %d: %v, %s, %s", n, limit, err, res.Header.Get("Sent"), res.Proto)
						}
					})
				}
				all.Wait()
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestOverheadFindsTheConnection: below TLS, once or twice.
func TestOverheadFindsTheConnection(t *testing.T) {
	t.Parallel()
	c := &conn{}
	require.Same(t, &c.link, linkOf(c))
	require.Same(t, &c.link, linkOf(tls.Client(tls.Client(c, nil), nil)))
	require.Nil(t, linkOf(nil))
}
