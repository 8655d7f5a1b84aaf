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

// DefaultSettle is the least time between writing a referrers tag and looking at it again.
// It has to be longer than what another writer takes from reading the tag to writing it.
const DefaultSettle = 250 * time.Millisecond

// A Client pushes, lists and deletes referrers. It remembers which registries serve the
// referrers API, and makes its own updates of a subject one after the other, so one client
// should serve the whole process. It is safe for concurrent use.
type Client struct {
	registries Registries
	settle     time.Duration
	probes     probes
	subjects   subjects
	// sleep waits, or fails with the context's error.
	sleep func(context.Context, time.Duration) error
}

// An Option changes a [Client] that [New] makes.
type Option func(*options)

type options struct {
	remote     []remote.Option
	registries Registries
	settle     time.Duration
}

// WithKeychain sets where credentials come from, such as [authn.DefaultKeychain]. Without
// it, they are looked up where Docker and Podman keep them.
func WithKeychain(k authn.Keychain) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithKeychain(k)) }
}

// WithTransport sets the transport that opens connections. It is below authentication and
// retries, which it should not do itself.
func WithTransport(rt http.RoundTripper) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithTransport(rt)) }
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithUserAgent(ua)) }
}

// WithPlainHTTP allows unencrypted HTTP for registries that do not speak HTTPS. Without it,
// only registries on this machine may be spoken to that way.
func WithPlainHTTP() Option {
	return func(o *options) { o.remote = append(o.remote, remote.WithPlainHTTP(true)) }
}

// WithSettle sets the least time after which a written referrers tag is looked at again;
// [DefaultSettle] unless set. Longer is safer if many processes on slow networks attach to
// one subject without the referrers API.
func WithSettle(d time.Duration) Option { return func(o *options) { o.settle = d } }

// WithRegistries has the client make its requests through r, in place of a client of its
// own that the other options configure: for a program that has one already, with its
// credentials, tokens and limits.
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

// Registries are what a [Client] needs of registries. What they send is authenticated, and
// sent again if it fails for a temporary reason. An answer with another status than that
// of success is an error with a [transport.Error] in its chain, except for Do.
type Registries interface {
	// Do sends a request that concerns a repository and returns the last answer, whatever
	// its status. The URL of the request is a path ("/v2/…") at the repository's registry.
	// A request whose body can't be opened again (GetBody is nil) must be sent once.
	Do(ctx context.Context, repo name.Repository, req *http.Request) (*http.Response, error)
	// ReadManifest returns a manifest and its descriptor, which has the media type, size
	// and digest of the bytes. They are verified if ref is a digest.
	ReadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, []byte, error)
	// HeadManifest returns the descriptor of a manifest.
	HeadManifest(ctx context.Context, ref name.Reference) (v1.Descriptor, error)
	// PutManifest writes a manifest and returns the header of the answer.
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
