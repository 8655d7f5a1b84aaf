package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
)

// Registry is an http.Handler that serves the OCI distribution API. Make one with New and Close it after its last
// request.
type Registry struct {
	contents     store
	catalog      *catalog
	uploads      *uploads
	auth         *auth
	log          *lockedWriter
	referrersAPI bool
	deletion     bool
	conditional  bool
	oci10        bool
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
}

// Option changes how a Registry behaves.
type Option func(*settings)

// WithDir keeps the content below dir, which is made if it is missing, instead of in memory.
func WithDir(dir string) Option { return func(s *settings) { s.dir = dir } }

// WithReferrersAPI switches the referrers API (on by default). Off, its address answers 404 and a manifest with a
// subject is taken without the OCI-Subject header, as registries before distribution-spec 1.1 do.
func WithReferrersAPI(on bool) Option { return func(s *settings) { s.referrersAPI = on } }

// WithDelete switches the deletion of tags, manifests and blobs (on by default). Off, it answers 405.
func WithDelete(on bool) Option { return func(s *settings) { s.deletion = on } }

// WithLog writes one line to w for each request: method, address, status, bytes out and the time it took.
func WithLog(w io.Writer) Option { return func(s *settings) { s.log = w } }

// WithConditionalRequests makes the registry honor If-Match and If-None-Match when a tag is written or deleted (off by
// default: most registries ignore them). A condition that does not hold is answered with 412.
func WithConditionalRequests(on bool) Option { return func(s *settings) { s.conditional = on } }

// WithOCI10 makes it behave like a registry of the OCI 1.0 specifications: a manifest with artifactType or subject is
// refused with 400 MANIFEST_INVALID, and there is no referrers API.
func WithOCI10(on bool) Option { return func(s *settings) { s.oci10 = on } }

// New makes a registry. The error is one of reading the folder of WithDir.
func New(opts ...Option) (*Registry, error) {
	s := settings{referrersAPI: true, deletion: true}
	for _, opt := range opts {
		opt(&s)
	}
	r := &Registry{
		contents:     newMemory(),
		catalog:      newCatalog(),
		uploads:      newUploads(),
		auth:         s.auth,
		referrersAPI: s.referrersAPI && !s.oci10,
		deletion:     s.deletion,
		conditional:  s.conditional,
		oci10:        s.oci10,
	}
	if s.log != nil {
		r.log = &lockedWriter{to: s.log}
	}
	if s.dir != "" {
		d, err := openDir(s.dir)
		if err != nil {
			return nil, fmt.Errorf("opening the registry's folder %q: %w", s.dir, err)
		}
		r.contents = d
		if err := d.load(r.catalog); err != nil {
			_ = d.close()
			return nil, fmt.Errorf("reading the registry's folder %q: %w", s.dir, err)
		}
		r.strays = d.strays
	}
	if s.base != nil {
		r.contents = basedStore{r.contents, s.base}
	}
	r.catalog.store, r.catalog.base = r.contents, s.base
	return r, nil
}

// Strays returns the files and folders below the folder of WithDir that no Registry made. They are left alone.
func (r *Registry) Strays() []string { return r.strays }

// Uploads returns the ids of the uploads that a repository has in progress, those that were given up included.
func (r *Registry) Uploads(repository string) []string { return r.uploads.of(repository) }

// Close ends the uploads in progress and lets go of the folder, which another Registry may then open. Closing again does nothing.
func (r *Registry) Close() error {
	r.uploads.discardAll()
	return r.contents.close()
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
