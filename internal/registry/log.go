package registry

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// logEntry is one line of the access log.
type logEntry struct {
	to     *lockedWriter
	req    *http.Request
	answer *loggedAnswer
	began  time.Time
}

// startLog wraps the response writer, if there is a log.
func (r *Registry) startLog(w *http.ResponseWriter, req *http.Request) *logEntry {
	if r.log == nil {
		return nil
	}
	answer := &loggedAnswer{ResponseWriter: *w, status: http.StatusOK}
	*w = answer
	return &logEntry{to: r.log, req: req, answer: answer, began: time.Now()}
}

func (e *logEntry) finish() {
	if e == nil {
		return
	}
	e.to.printf("%s %s %s %d %d %s\n", e.began.UTC().Format(time.RFC3339), e.req.Method, e.req.URL.RequestURI(),
		e.answer.status, e.answer.written, time.Since(e.began).Round(time.Microsecond))
}

// loggedAnswer records the status and counts the bytes of the body.
type loggedAnswer struct {
	http.ResponseWriter
	status  int
	written int64
}

func (a *loggedAnswer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *loggedAnswer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.written += int64(n)
	return n, err
}

// ReadFrom lets the kernel send a file without a copy.
func (a *loggedAnswer) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(a.ResponseWriter, r)
	a.written += n
	return n, err
}

// Unwrap serves http.ResponseController.
func (a *loggedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

type lockedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lockedWriter) printf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = fmt.Fprintf(w.to, format, args...)
}
