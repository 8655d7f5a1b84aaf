package registrytest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
)

// A BodyLimit is how a front end handles a request whose body is too large.
type BodyLimit int

const (
	// RefuseAtOnce responds with 413 when it sees the Content-Length, without reading the body.
	RefuseAtOnce BodyLimit = iota
	// RefuseAfter reads the allowed number of bytes, and then responds with 413.
	RefuseAfter
	// RefuseDrained reads the whole body, and then responds with 413: the client always gets that response, which may be
	// lost with the connection in the other cases.
	RefuseDrained
	// CutAtOnce closes the connection when it sees the Content-Length, unless the client waits for 100 Continue: then it
	// responds with 413.
	CutAtOnce
	// CutSilently closes the connection after the allowed number of bytes, and never gives a reason.
	CutSilently
)

// LimitBodies is a front end that rejects requests with a body of more than n bytes.
func LimitBodies(n int64, how BodyLimit) []Fault {
	refusal := Answer(http.StatusRequestEntityTooLarge, "text/html", "<html><title>413 Request Entity Too Large</title></html>")
	limit := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			switch {
			case req.ContentLength >= 0 && req.ContentLength <= n:
				honest.ServeHTTP(w, req)
				return
			case how == RefuseDrained:
				_, _ = io.Copy(io.Discard, req.Body)
				refusal(nil).ServeHTTP(w, req)
				return
			case how == RefuseAfter, how == CutSilently:
				_, _ = io.CopyN(io.Discard, req.Body, n)
			}
			if how == CutSilently || how == CutAtOnce && !strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Connection", "close")
			refusal(nil).ServeHTTP(w, req)
		})
	}
	return []Fault{{Match: On("PUT|PATCH|POST", "."), Do: limit}}
}

// ChunkMinLength is a registry that rejects chunks of less than n bytes, except for the last, as announced in the
// header OCI-Chunk-Min-Length.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
func ChunkMinLength(n int64) []Fault {
	var mu sync.Mutex
	short := map[string]bool{} // uploads with a short chunk: another chunk proves that it was not the last
	check := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			refused := short[req.URL.Path]
			short[req.URL.Path] = req.ContentLength < n
			mu.Unlock()
			if refused {
				honest = ErrorCode(http.StatusBadRequest, "SIZE_INVALID")(nil)
			}
			honest.ServeHTTP(w, req)
		})
	}
	return []Fault{
		{Match: On("POST", Uploads), Do: SetHeader("OCI-Chunk-Min-Length", strconv.FormatInt(n, 10))},
		{Match: On("PATCH", Uploads), Do: check},
	}
}

// TakeHalves is a registry that accepts half of each chunk with more than n bytes, as reported in the Range header.
func TakeHalves(n int64) []Fault {
	halve := func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.ContentLength <= n {
				honest.ServeHTTP(w, req)
				return
			}
			first, _, _ := strings.Cut(req.Header.Get("Content-Range"), "-")
			start, err := strconv.ParseInt(first, 10, 64)
			if err != nil {
				ErrorCode(http.StatusBadRequest, "BLOB_UPLOAD_INVALID")(nil).ServeHTTP(w, req)
				return
			}
			half := req.Clone(req.Context())
			half.ContentLength = req.ContentLength / 2
			half.Body = io.NopCloser(io.LimitReader(req.Body, half.ContentLength))
			half.Header.Set("Content-Range", fmt.Sprintf("%d-%d", start, start+half.ContentLength-1))
			answer := httptest.NewRecorder()
			honest.ServeHTTP(answer, half)
			_, _ = io.Copy(io.Discard, req.Body)
			for name, values := range answer.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		})
	}
	return []Fault{{Match: On("PATCH", Uploads), Do: halve}}
}
