package remote

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"golang.org/x/sync/singleflight"
)

// DefaultJobs is how many requests a Client has under way at most, where
// WithJobs says nothing else.
const DefaultJobs = 16

// Client speaks to registries. It is safe for concurrent use and meant to
// live as long as one command, so that what it learns (schemes, challenges,
// tokens) is learnt once.
type Client struct {
	keychain  authn.Keychain
	userAgent string
	jobs      int
	observe   func(Event)
	retry     Retry
	clock     clock
	plain     plainHTTP

	connection Connection
	slots      slots
	client     *http.Client      // follows redirects, without credentials
	direct     http.RoundTripper // for pings and token servers: retries, no slots

	mu     sync.Mutex
	hosts  map[string]*host
	flight singleflight.Group
}

// Option configures a Client.
type Option func(*Client)

// WithKeychain says where credentials come from; DefaultKeychain otherwise.
func WithKeychain(k authn.Keychain) Option { return func(c *Client) { c.keychain = k } }

// WithTransport replaces the transport that opens connections.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Client) { c.client.Transport = rt }
}

// WithJobs bounds the requests under way at a time; values below one count as
// one. A blob that streams from one registry to another is one job.
func WithJobs(n int) Option { return func(c *Client) { c.jobs = max(n, 1) } }

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option { return func(c *Client) { c.userAgent = ua } }

// WithPlainHTTP allows unencrypted HTTP for every host, where HTTPS fails.
// Without it, only loopback hosts may be spoken to in the clear.
func WithPlainHTTP(all bool) Option { return func(c *Client) { c.plain.all = all } }

// WithRetries replaces the retry policy.
func WithRetries(r Retry) Option { return func(c *Client) { c.retry = r } }

// WithObserver has f told of every request and of the bytes that pass. It is
// called concurrently and must be quick.
func WithObserver(f func(Event)) Option { return func(c *Client) { c.observe = f } }

// New returns a Client.
func New(opts ...Option) *Client {
	c := &Client{
		userAgent: "ocompose",
		jobs:      DefaultJobs,
		retry:     DefaultRetry(),
		clock:     systemClock{},
		hosts:     map[string]*host{},
	}
	c.client = &http.Client{CheckRedirect: checkRedirect}
	for _, o := range opts {
		o(c)
	}
	if c.keychain == nil {
		c.keychain = DefaultKeychain()
	}
	if c.client.Transport == nil {
		c.client.Transport = c.connection.transport(newTransport(c.jobs, c.retry.Stall))
	}
	c.slots.free = c.jobs
	c.client.Transport = &stamper{inner: c.client.Transport, plain: &c.plain, userAgent: c.userAgent}
	c.direct = &directTransport{c: c}
	return c
}

// Jobs tells how many requests the client has under way at most.
func (c *Client) Jobs() int { return c.jobs }

// newTransport opens as many connections as there are jobs and keeps them:
// a connection for each request costs more round trips than the request.
func newTransport(jobs int, stall time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialBlobs(dialer, stall),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          0,
		MaxIdleConnsPerHost:   2 * jobs,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   30 * time.Second,
		ExpectContinueTimeout: time.Second,
		// A registry that commits a large blob to its storage is silent for
		// minutes; one that is silent for longer is gone.
		ResponseHeaderTimeout: 15 * time.Minute,
		// Layers are compressed already, and ranges count stored bytes.
		DisableCompression: true,
		ReadBufferSize:     64 << 10,
		WriteBufferSize:    64 << 10,
	}
}
