//go:build unix

package hostile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// evil is a registry that checks nothing: it accepts all content, serves any content that a test
// adds, and lets a test replace any response.
type evil struct {
	// host is its host in references.
	host string

	mu        sync.Mutex
	manifests map[string]content // by REPOSITORY/REFERENCE
	blobs     map[string]content // by digest, for all repositories
	answers   []answer
	asked     []string // "METHOD PATH" of each request
	// gate, if it is not nil, may answer a request before anything else does, and returns
	// false then. It must be set before the first request.
	gate func(http.ResponseWriter, *http.Request) bool
}

// content is generated on request: all of it together may not fit in memory.
type content struct {
	mediaType string
	size      int
	write     func() []byte
}

// An answer replaces the response of the registry.
type answer struct {
	pattern *regexp.Regexp // of "METHOD PATH"
	answer  http.HandlerFunc
}

var (
	manifestPath = regexp.MustCompile(`^/v2/(.+)/manifests/([^/]+)$`)
	blobPath     = regexp.MustCompile(`^/v2/(.+)/blobs/([^/]+)$`)
	uploadPath   = regexp.MustCompile(`^/v2/(.+)/blobs/uploads/`)
	tagsPath     = regexp.MustCompile(`^/v2/(.+)/tags/list$`)
)

func newEvil(t testing.TB) *evil {
	t.Helper()
	e := &evil{manifests: map[string]content{}, blobs: map[string]content{}}
	server := httptest.NewServer(e)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	e.host = strings.TrimPrefix(server.URL, "http://")
	e.blob("{}")
	return e
}

// requests returns how many requests were made whose "METHOD PATH" the regular expression
// finds.
func (e *evil) requests(pattern string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, line := range e.asked {
		if matched, _ := regexp.MatchString(pattern, line); matched {
			n++
		}
	}
	return n
}

// on replaces responses to requests whose "METHOD PATH" matches the regular expression.
func (e *evil) on(pattern string, h http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers = append(e.answers, answer{regexp.MustCompile(pattern), h})
}

// ServeHTTP implements http.Handler.
func (e *evil) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	line := req.Method + " " + req.URL.Path
	e.mu.Lock()
	answers := e.answers
	e.asked = append(e.asked, line)
	e.mu.Unlock()
	if e.gate != nil && !e.gate(w, req) {
		return
	}
	for _, a := range answers {
		if a.pattern.MatchString(line) {
			a.answer(w, req)
			return
		}
	}
	switch {
	case req.URL.Path == "/v2/":
	case uploadPath.MatchString(req.URL.Path):
		e.upload(w, req)
	case manifestPath.MatchString(req.URL.Path):
		m := manifestPath.FindStringSubmatch(req.URL.Path)
		e.manifest(w, req, m[1], m[2])
	case blobPath.MatchString(req.URL.Path):
		m := blobPath.FindStringSubmatch(req.URL.Path)
		e.serve(w, req, e.blobs, m[2], m[2])
	case tagsPath.MatchString(req.URL.Path):
		e.tags(w, tagsPath.FindStringSubmatch(req.URL.Path)[1])
	default:
		http.NotFound(w, req)
	}
}

func (e *evil) upload(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodPost {
		w.Header().Set("Location", req.URL.Path+"1")
		w.WriteHeader(http.StatusAccepted)
		return
	}
	raw, _ := io.ReadAll(req.Body)
	e.blob(string(raw))
	w.WriteHeader(http.StatusCreated)
}

func (e *evil) manifest(w http.ResponseWriter, req *http.Request, repo, ref string) {
	switch req.Method {
	case http.MethodPut:
		raw, _ := io.ReadAll(req.Body)
		d := e.put(repo, ref, req.Header.Get("Content-Type"), raw)
		w.Header().Set("Docker-Content-Digest", d.Digest.String())
		w.WriteHeader(http.StatusCreated)
	case http.MethodDelete:
		w.WriteHeader(http.StatusAccepted)
	default:
		e.serve(w, req, e.manifests, repo+"/"+ref, "")
	}
}

func (e *evil) serve(w http.ResponseWriter, req *http.Request, from map[string]content, key, digest string) {
	e.mu.Lock()
	c, ok := from[key]
	e.mu.Unlock()
	if !ok {
		http.Error(w, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", c.mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(c.size))
	if req.Method == http.MethodHead {
		if digest == "" {
			w.Header().Set("Docker-Content-Digest", digestOf(c.write()).String())
		}
		return
	}
	_, _ = w.Write(c.write())
}

func (e *evil) tags(w http.ResponseWriter, repo string) {
	tags := []string{}
	e.mu.Lock()
	for key := range e.manifests {
		if tag, ok := strings.CutPrefix(key, repo+"/"); ok && !strings.Contains(tag, ":") {
			tags = append(tags, tag)
		}
	}
	e.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"name": repo, "tags": tags})
}

// blob puts a blob into all repositories and returns its descriptor.
func (e *evil) blob(text string) v1.Descriptor {
	raw := []byte(text)
	d := describe("application/octet-stream", raw)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.blobs[d.Digest.String()] = content{"application/octet-stream", len(raw), func() []byte { return raw }}
	return d
}

// put puts a manifest into a repository, under its digest and, if different, a tag.
func (e *evil) put(repo, ref, mediaType string, raw []byte) v1.Descriptor {
	return e.putMade(repo, ref, mediaType, func() []byte { return raw })
}

// putMade is put for a manifest that is generated on each request.
func (e *evil) putMade(repo, ref, mediaType string, write func() []byte) v1.Descriptor {
	d := describe(mediaType, write())
	e.mu.Lock()
	defer e.mu.Unlock()
	c := content{mediaType, int(d.Size), write}
	e.manifests[repo+"/"+d.Digest.String()] = c
	if ref != "" {
		e.manifests[repo+"/"+ref] = c
	}
	return d
}

func describe(mediaType string, raw []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: types.MediaType(mediaType), Digest: digestOf(raw), Size: int64(len(raw))}
}

func digestOf(raw []byte) v1.Hash {
	sum := sha256.Sum256(raw)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

// number returns the digest of content that does not exist.
func number(n int) string { return fmt.Sprintf("sha256:%064x", n) }
