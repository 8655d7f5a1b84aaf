package referrers

import (
	"context"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/remote"
)

// A Doer sends a request that concerns a repository: it authenticates for it,
// retries what fails for a passing reason, and returns the last answer
// whatever its status. The request's URL is a path ("/v2/…"), whose scheme and
// host are the repository's registry. A request whose body can't be opened
// again (GetBody is nil) must not be repeated.
type Doer interface {
	Do(ctx context.Context, repo name.Repository, req *http.Request) (*http.Response, error)
	PutManifest(ctx context.Context, ref name.Reference, mediaType types.MediaType, raw []byte) (http.Header, error)
}

// DefaultSettle is the least time between writing a referrers tag and looking
// at it again. It has to be longer than what another writer takes from
// reading the tag to writing it.
const DefaultSettle = 250 * time.Millisecond

// A Client pushes, lists and deletes referrers. It remembers which registries
// serve the referrers API and serialises its own updates of a subject, so one
// client should serve the whole process. It is safe for concurrent use.
type Client struct {
	doer     Doer
	settle   time.Duration
	probes   probes
	subjects subjects
	// sleep waits, or fails with the context's error.
	sleep func(context.Context, time.Duration) error
}

// An Option changes a [Client].
type Option func(*Client)

// WithSettle sets the least time after which a written referrers tag is looked
// at again; [DefaultSettle] unless set. Longer is safer where many processes
// on slow networks attach to one subject without the referrers API.
func WithSettle(d time.Duration) Option { return func(c *Client) { c.settle = d } }

// New makes a client that sends its requests through d.
func New(d Doer, opts ...Option) *Client {
	c := &Client{doer: d, settle: DefaultSettle, sleep: sleep}
	for _, o := range opts {
		o(c)
	}
	return c
}

// FromKeychain makes a client that authenticates with the credentials of a
// keychain, such as authn.DefaultKeychain.
func FromKeychain(keychain authn.Keychain, opts ...Option) *Client {
	return New(remote.New(remote.WithKeychain(keychain)), opts...)
}

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
