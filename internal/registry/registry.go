package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// Registry is an http.Handler that serves the OCI distribution API. Create it with New and Close it after its last
// request.
type Registry struct {
	contents     storage.Store
	catalog      *catalog
	uploads      *uploads
	auth         *auth
	log          *lockedWriter
	referrersAPI bool
	deletion     bool
	conditional  bool
	oci10        bool
	tags         TagParameters
	sealed       atomic.Bool
	strays       []string
}

type settings struct {
	dir          string
	base         Base
	log          io.Writer
	auth         *auth
	referrersAPI bool
	deletion     bool
	conditional  bool
	oci10        bool
	tags         TagParameters
}

// Option changes how a Registry behaves.
type Option func(*settings)

// WithDir stores the content below dir, which is created if it is missing, instead of in memory.
func WithDir(dir string) Option { return func(s *settings) { s.dir = dir } }

// WithReferrersAPI enables or disables the referrers API (enabled by default). If disabled, it returns 404, and the
// response to a manifest with a subject has no OCI-Subject header, as in registries before distribution-spec 1.1.
func WithReferrersAPI(on bool) Option { return func(s *settings) { s.referrersAPI = on } }

// WithDelete enables or disables the deletion of tags, manifests and blobs (enabled by default). If disabled, it
// returns 405.
func WithDelete(on bool) Option { return func(s *settings) { s.deletion = on } }

// WithLog writes one line to w for each request: time, method, URL, status, response bytes and duration.
func WithLog(w io.Writer) Option { return func(s *settings) { s.log = w } }

// WithConditionalRequests makes the registry honor If-Match and If-None-Match when a tag is written or deleted (off by
// default: most registries ignore them). If a condition does not hold, it returns 412.
func WithConditionalRequests(on bool) Option { return func(s *settings) { s.conditional = on } }

// WithOCI10 makes it behave like a registry of the OCI 1.0 specifications: a manifest with artifactType or subject is
// rejected with 400 MANIFEST_INVALID, and there is no referrers API.
func WithOCI10(on bool) Option { return func(s *settings) { s.oci10 = on } }

// TagParameters are the requests in which a registry accepts more tags of a manifest as parameters.
type TagParameters int

// Requests with tag parameters.
const (
	// TagsNowhere ignores tag parameters, as registries that do not know them.
	TagsNowhere TagParameters = iota
	// TagsByDigest accepts them with a digest, as in the draft of distribution-spec 1.2, and returns
	// the written tags in OCI-Tag, also for a PUT by tag.
	TagsByDigest
	// TagsAnywhere also accepts them with a tag.
	TagsAnywhere
)

// WithTagParameters sets which tag parameters the registry accepts (none by default).
func WithTagParameters(taken TagParameters) Option { return func(s *settings) { s.tags = taken } }

// Base is initial content of a registry: each of its repositories has all of it as blobs.
type Base = storage.Base

// WithBase makes a registry also serve the content of base. Pushed content is stored separately.
func WithBase(base Base) Option { return func(s *settings) { s.base = base } }

// New returns a registry. It fails if the folder of WithDir can't be read or is in use.
func New(opts ...Option) (*Registry, error) {
	s := settings{referrersAPI: true, deletion: true}
	for _, opt := range opts {
		opt(&s)
	}
	r := &Registry{
		contents:     storage.NewMemory(),
		catalog:      newCatalog(),
		uploads:      newUploads(),
		auth:         s.auth,
		referrersAPI: s.referrersAPI && !s.oci10,
		deletion:     s.deletion,
		conditional:  s.conditional,
		oci10:        s.oci10,
		tags:         s.tags,
	}
	if s.log != nil {
		r.log = &lockedWriter{to: s.log}
	}
	if s.dir != "" {
		d, err := storage.OpenDir(s.dir)
		if err != nil {
			return nil, fmt.Errorf("opening the registry's folder %q: %w", s.dir, err)
		}
		r.contents = d
		if err := d.Load(records{r.catalog}); err != nil {
			_ = d.Close()
			return nil, fmt.Errorf("reading the registry's folder %q: %w", s.dir, err)
		}
		r.strays = d.Strays()
	}
	if s.base != nil {
		r.contents = storage.WithBase(r.contents, s.base)
	}
	r.catalog.store, r.catalog.base = r.contents, s.base
	return r, nil
}

// Strays returns the files and folders below the folder of WithDir that no Registry created. They are ignored.
func (r *Registry) Strays() []string { return r.strays }

// Uploads returns the ids of the uploads in progress in a repository, including abandoned ones.
func (r *Registry) Uploads(repository string) []string { return r.uploads.of(repository) }

// Seal makes the registry read-only.
func (r *Registry) Seal() { r.sealed.Store(true) }

// Close ends the uploads in progress and releases the folder, which another Registry may then open. Closing again does
// nothing.
func (r *Registry) Close() error {
	r.uploads.discardAll()
	return r.contents.Close()
}

func writeJSON(w http.ResponseWriter, req *http.Request, mediaType string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if req.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}
