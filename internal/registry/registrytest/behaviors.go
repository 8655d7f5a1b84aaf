package registrytest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Status responds with an error of that status, in the specification's JSON, and does nothing else.
func Status(status int) Behavior { return ErrorCode(status, "UNKNOWN") }

// ErrorCode is Status with an error code of the specification, such as "NAME_UNKNOWN".
func ErrorCode(status int, code string) Behavior {
	body := fmt.Sprintf(`{"errors":[{"code":%q,"message":"requested by the test"}]}`, code)
	return Answer(status, "application/json", body)
}

// Answer responds with the given body.
func Answer(status int, contentType, body string) Behavior {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(status)
			if req.Method != http.MethodHead {
				_, _ = io.WriteString(w, body)
			}
		})
	}
}

// TooManyRequests responds with 429 and a Retry-After of that many seconds.
func TooManyRequests(seconds int) Behavior {
	return RetryAfter(http.StatusTooManyRequests, strconv.Itoa(seconds))
}

// RetryAfter responds with the status and that Retry-After, which may also be a date, or invalid.
func RetryAfter(status int, value string) Behavior {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Retry-After", value)
			ErrorCode(status, "TOOMANYREQUESTS")(nil).ServeHTTP(w, req)
		})
	}
}

// RedirectTo redirects the client to the same path and query on another server ("http://127.0.0.1:PORT"), like
// registries that store their blobs elsewhere.
func RedirectTo(base string) Behavior {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, base+req.URL.RequestURI(), http.StatusTemporaryRedirect)
		})
	}
}

const loginPath = "/login"

func loginPage(status int) Behavior {
	return Answer(status, "text/html; charset=utf-8", "<!DOCTYPE html><title>Log in</title><form></form>")
}

// HTML responds with a web page to every request, like some proxies.
func HTML(status int) Behavior { return loginPage(status) }

// RedirectToLogin redirects the client to a page that returns 200 with HTML.
func RedirectToLogin() Behavior {
	return func(http.Handler) http.Handler { return http.RedirectHandler(loginPath, http.StatusFound) }
}

// Latency delays the response.
func Latency(d time.Duration) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			select {
			case <-time.After(d):
				honest.ServeHTTP(w, req)
			case <-req.Context().Done():
				panic(http.ErrAbortHandler)
			}
		})
	}
}

// CutBefore cuts the connection before the registry has seen the request.
func CutBefore() Behavior {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
}

// CutAfter lets the registry process the request and cuts the connection before the response.
func CutAfter() Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			honest.ServeHTTP(httptest.NewRecorder(), req)
			panic(http.ErrAbortHandler)
		})
	}
}

// CutRequest cuts the connection when n bytes of the request's body have arrived.
func CutRequest(n int64) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			req.Body = io.NopCloser(io.MultiReader(io.LimitReader(req.Body, n), brokenReader{}))
			honest.ServeHTTP(httptest.NewRecorder(), req)
			panic(http.ErrAbortHandler)
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// CutAnswer cuts the connection when n bytes of the response body have been sent.
func CutAnswer(n int64) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			honest.ServeHTTP(&cutWriter{ResponseWriter: w, left: n}, req)
		})
	}
}

type cutWriter struct {
	http.ResponseWriter
	left int64
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if int64(len(p)) <= w.left {
		w.left -= int64(len(p))
		return w.ResponseWriter.Write(p)
	}
	_, _ = w.ResponseWriter.Write(p[:w.left])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Unwrap serves http.ResponseController.
func (w *cutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Rewrite changes the honest response before it is sent. The Content-Length is set to the length of the new body,
// unless edit sets another one.
func Rewrite(edit func(req *http.Request, answer *Response)) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			recorded := httptest.NewRecorder()
			honest.ServeHTTP(recorded, req)
			answer := &Response{Status: recorded.Code, Header: recorded.Header(), Body: recorded.Body.Bytes()}
			before, length := len(answer.Body), answer.Header.Get("Content-Length")
			edit(req, answer)
			if len(answer.Body) != before && answer.Header.Get("Content-Length") == length && length != "" {
				answer.Header.Set("Content-Length", strconv.Itoa(len(answer.Body)))
			}
			for name, values := range answer.Header {
				w.Header()[name] = values
			}
			w.WriteHeader(answer.Status)
			if _, err := io.Copy(w, bytes.NewReader(answer.Body)); errors.Is(err, http.ErrContentLength) {
				panic(http.ErrAbortHandler)
			}
		})
	}
}

// Response is the registry's honest response; Rewrite changes it.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// DropHeader removes a header from the response.
func DropHeader(name string) Behavior {
	return Rewrite(func(_ *http.Request, answer *Response) { answer.Header.Del(name) })
}

// SetHeader sets a header of the response.
func SetHeader(name, value string) Behavior {
	return Rewrite(func(_ *http.Request, answer *Response) { answer.Header.Set(name, value) })
}

// FalseDigest sets a wrong digest in the Docker-Content-Digest header.
func FalseDigest() Behavior {
	return SetHeader("Docker-Content-Digest", "sha256:"+fmt.Sprintf("%064x", 0xbad))
}

// Corrupt changes one byte in the middle of the body.
func Corrupt() Behavior {
	return Rewrite(func(_ *http.Request, answer *Response) {
		if len(answer.Body) > 0 {
			answer.Body = bytes.Clone(answer.Body)
			answer.Body[len(answer.Body)/2] ^= 0x20
		}
	})
}

// Resize makes the body longer by n bytes, or shorter if n is negative, and adapts the Content-Length: the response is
// complete, but does not match the descriptor. A HEAD returns the same wrong length.
func Resize(n int) Behavior {
	return Rewrite(func(req *http.Request, answer *Response) {
		if length, err := strconv.Atoi(answer.Header.Get("Content-Length")); err == nil && req.Method == http.MethodHead {
			answer.Header.Set("Content-Length", strconv.Itoa(max(length+n, 0)))
			return
		}
		if n < 0 {
			answer.Body = answer.Body[:max(len(answer.Body)+n, 0)]
			return
		}
		answer.Body = append(bytes.Clone(answer.Body), make([]byte, n)...)
	})
}

// FalseLength announces n bytes more than the body has; the connection ends after the body.
func FalseLength(n int) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			recorded := httptest.NewRecorder()
			honest.ServeHTTP(recorded, req)
			for name, values := range recorded.Header() {
				w.Header()[name] = values
			}
			w.Header().Set("Content-Length", strconv.Itoa(recorded.Body.Len()+n))
			w.WriteHeader(recorded.Code)
			_, _ = w.Write(recorded.Body.Bytes())
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
	}
}

// Oversize responds with 200, the honest headers and n bytes of spaces, without a Content-Length.
func Oversize(n int64) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			recorded := httptest.NewRecorder()
			honest.ServeHTTP(recorded, req)
			for name, values := range recorded.Header() {
				w.Header()[name] = values
			}
			w.Header().Del("Content-Length")
			w.WriteHeader(http.StatusOK)
			piece := bytes.Repeat([]byte(" "), 64<<10)
			for left := n; left > 0; left -= int64(len(piece)) {
				if _, err := w.Write(piece[:min(left, int64(len(piece)))]); err != nil {
					return
				}
			}
		})
	}
}

// IgnoreRange responds to a range request with the complete content.
func IgnoreRange() Behavior {
	return changeRequest(func(req *http.Request) { req.Header.Del("Range") })
}

// RefuseMount begins an upload instead of a requested mount.
func RefuseMount() Behavior {
	return changeRequest(func(req *http.Request) { dropQuery(req, "mount", "from") })
}

// RefusePost begins an upload for a POST with the whole blob, which registries need not support.
func RefusePost() Behavior {
	return changeRequest(func(req *http.Request) {
		if req.Method == http.MethodPost {
			dropQuery(req, "digest")
		}
	})
}

// IgnoreFilter lists all referrers, regardless of the requested artifactType.
func IgnoreFilter() Behavior {
	return changeRequest(func(req *http.Request) { dropQuery(req, "artifactType") })
}

func dropQuery(req *http.Request, names ...string) {
	query := req.URL.Query()
	for _, name := range names {
		query.Del(name)
	}
	req.URL.RawQuery = query.Encode()
}

// changeRequest changes the request before the registry sees it.
func changeRequest(edit func(*http.Request)) Behavior {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			changed := req.Clone(req.Context())
			edit(changed)
			honest.ServeHTTP(w, changed)
		})
	}
}
