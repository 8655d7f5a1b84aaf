package content

import (
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/remote/traffic"
)

// Registry reads and writes the manifests and blobs of one registry. It is safe for concurrent
// use.
type Registry struct {
	raw        http.RoundTripper
	retrier    *traffic.Retrier
	limiter    *traffic.Limiter
	streams    *traffic.Streams
	isInsecure func(hostport string) bool
	library    func() (*library, error)

	limit bodyLimit
	// takesTags is true if the registry has reported that it accepts several tags per request.
	takesTags atomic.Bool
}

// Config configures a Registry. All fields are required.
type Config struct {
	// Name is the name of the registry.
	Name name.Registry
	// Transport sends a request to the registry, whose URL may be a path.
	Transport http.RoundTripper
	// Retrier has the retry policy.
	Retrier *traffic.Retrier
	// Limiter has the registry's rate limit and the jobs of the command.
	Limiter *traffic.Limiter
	// Streams are the blob transfers in progress, of all registries.
	Streams *traffic.Streams
	// IsInsecure reports whether a host may be used without TLS.
	IsInsecure func(hostport string) bool
}

// New returns a Registry.
func New(c Config) *Registry {
	r := &Registry{
		raw: c.Transport, retrier: c.Retrier, limiter: c.Limiter, streams: c.Streams, isInsecure: c.IsInsecure,
	}
	r.library = sync.OnceValues(func() (*library, error) { return newLibrary(c.Name, r.transport()) })
	return r
}

// transport composes the transports for go-containerregistry, from the inside to the outside.
func (r *Registry) transport() http.RoundTripper {
	var rt http.RoundTripper = &resumable{inner: r.raw, retrier: r.retrier}
	rt = &checked{inner: rt, retrier: r.retrier}
	return &shortcuts{inner: rt, observer: r.retrier.Observe, limit: &r.limit}
}
