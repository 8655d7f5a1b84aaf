package referrers

import (
	"context"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote"
)

// DefaultSettle is the minimum time between writing a referrers tag and checking it. It
// must be longer than the time that another writer takes from reading the tag to writing
// it.
const DefaultSettle = 250 * time.Millisecond

// A Client pushes, lists and deletes referrers. It remembers which registries serve the
// referrers API, and serializes its own updates of a subject, so a process should use one
// client. It is safe for concurrent use.
type Client struct {
	registries Registries
	settle     time.Duration
	probes     probes
	subjects   subjects
	// sleep waits, or returns the context's error.
	sleep func(context.Context, time.Duration) error
}

// An Option configures a [Client].
type Option func(*options)

type options struct {
	remote     []remote.Option
	registries Registries
	settle     time.Duration
}

// WithKeychain sets the source of credentials, such as [authn.DefaultKeychain]. The default
// is the configuration files of Docker and Podman.
func WithKeychain(k authn.Keychain) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithKeychain(k)) }
}

// WithTransport sets the transport that opens connections. The client adds authentication
// and retries, so the transport should not do either.
func WithTransport(rt http.RoundTripper) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithTransport(rt)) }
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithUserAgent(ua)) }
}

// WithPlainHTTP allows unencrypted HTTP for registries that do not support HTTPS. By
// default, only registries on this machine may use HTTP.
func WithPlainHTTP() Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithPlainHTTP(true)) }
}

// WithSettle sets the minimum time after which a written referrers tag is checked. The
// default is [DefaultSettle]. A longer time is safer if many processes on slow networks
// attach to one subject without the referrers API.
func WithSettle(d time.Duration) Option { return func(o *options) { o.settle = d } }

// WithRegistries makes the client send its requests through r, for a program that already
// has a registry client. The other options for requests then have no effect.
func WithRegistries(r Registries) Option { return func(o *options) { o.registries = r } }

// New returns a Client.
func New(opts ...Option) *Client {
	o := options{settle: DefaultSettle}
	for _, option := range opts {
		option(&o)
	}
	if o.registries == nil {
		o.registries = remote.New(o.remote...)
	}
	return &Client{registries: o.registries, settle: o.settle, sleep: sleep}
}

// Registries are the registry operations that a [Client] needs. Implementations
// authenticate requests, and retry temporary failures. Except for Do, a response without a
// success status is an error that wraps a [transport.Error].
type Registries interface {
	// Do sends a request for a repository and returns the last response, with any status. The URL
	// of the request is a path ("/v2/…") at the repository's registry. A request whose body can't
	// be reopened (GetBody is nil) must be sent only once.
	Do(ctx context.Context, repo name.Repository, req *http.Request) (*http.Response, error)
	// ReadManifest returns a manifest and its descriptor, which has the media type, size
	// and digest of the bytes. They are verified if ref is a digest.
	ReadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, []byte, error)
	// HeadManifest returns the descriptor of a manifest.
	HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error)
	// PutManifest writes a manifest and returns the response header.
	PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error)
	// DeleteManifest deletes a manifest.
	DeleteManifest(ctx context.Context, ref name.Reference) error
}

var _ Registries = (*remote.Client)(nil)

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
