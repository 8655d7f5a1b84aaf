//go:build unix

package reliability

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// faults affect one of every n requests.
func faults(e *excused) []registrytest.Fault {
	begins := registrytest.On(http.MethodPost, "/blobs/uploads/$")
	other := registrytest.Match(func(req *http.Request) bool { return !begins(req) })
	return []registrytest.Fault{
		{Match: registrytest.On(http.MethodDelete, "/blobs/uploads/"), Do: e.asked},
		{Every: 17, Do: registrytest.Status(http.StatusServiceUnavailable)},
		{Every: 23, Do: registrytest.CutBefore()},
		{Every: 29, Match: other, Do: registrytest.CutAfter()},
		{Every: 29, Match: begins, Do: e.cutAfter},
		{Every: 31, Do: registrytest.TooManyRequests(0)},
		{Every: 37, Do: registrytest.CutAnswer(50)},
		{Every: 41, Match: other, Do: registrytest.Latency(100 * time.Millisecond)},
		{Every: 53, Do: throttle},
		{Every: 401, Do: stall},
		{Every: 211, Match: registrytest.On(http.MethodGet, "/(manifests|blobs)/"), Do: stallAnswer},
	}
}

// stallTime is longer than the --timeout of the commands.
const stallTime = 3 * commandTimeout

// stall does not respond until the client gives up.
func stall(http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body) // the server notices that a client is gone only after reading the body
		wait(req)
		panic(http.ErrAbortHandler)
	})
}

// stallAnswer responds with a header only, until the client gives up.
func stallAnswer(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		recorded := httptest.NewRecorder()
		honest.ServeHTTP(recorded, req)
		for name, values := range recorded.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorded.Code)
		_ = http.NewResponseController(w).Flush()
		wait(req)
		panic(http.ErrAbortHandler)
	})
}

func wait(req *http.Request) {
	select {
	case <-time.After(stallTime):
	case <-req.Context().Done():
	}
}

// throttle limits both directions to 64 KiB per second.
func throttle(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Body = struct {
			io.Reader
			io.Closer
		}{slowReader{req.Body}, req.Body}
		recorded := httptest.NewRecorder()
		honest.ServeHTTP(recorded, req)
		for name, values := range recorded.Header() {
			w.Header()[name] = values
		}
		if recorded.Header().Get("Content-Length") == "" {
			w.Header().Set("Content-Length", strconv.Itoa(recorded.Body.Len()))
		}
		w.WriteHeader(recorded.Code)
		for part := recorded.Body.Next(4 << 10); len(part) > 0; part = recorded.Body.Next(4 << 10) {
			if _, err := w.Write(part); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			time.Sleep(time.Second / 16)
		}
	})
}

type slowReader struct{ from io.Reader }

func (r slowReader) Read(p []byte) (int, error) {
	time.Sleep(time.Second / 16)
	return r.from.Read(p[:min(len(p), 4<<10)])
}

// excused are the uploads that may stay open: the client never received the response that began
// them, or the request to end them failed.
type excused struct {
	mu  sync.Mutex
	ids map[string]bool
}

// cutAfter begins an upload and cuts the connection before the response.
func (e *excused) cutAfter(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		recorded := httptest.NewRecorder()
		honest.ServeHTTP(recorded, req)
		if recorded.Code == http.StatusAccepted {
			e.add(recorded.Header().Get("Location"))
		}
		panic(http.ErrAbortHandler)
	})
}

// asked sees requests before all faults.
func (e *excused) asked(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		e.add(req.URL.Path)
		honest.ServeHTTP(w, req)
	})
}

func (e *excused) add(location string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids[path.Base(location)] = true
}

func (e *excused) has(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ids[id]
}
