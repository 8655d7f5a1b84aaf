package remote

import (
	"context"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/flight"
	"github.com/ocompose/ocompose/internal/remote/traffic"
	"github.com/ocompose/ocompose/internal/remote/trust"
)

// DefaultJobs is the default of WithJobs.
const DefaultJobs = 16

// Client is a client of registries. It is safe for concurrent use. It should live as long
// as one command, so that schemes, challenges and tokens are learned only once.
type Client struct {
	keychain     authn.Keychain
	userAgent    string
	jobs         int
	plainHTTP    bool
	connection   Connection
	insecure     func(hostport string) bool // may be nil
	transport    http.RoundTripper
	certificates *trust.Certificates
	retrier      *traffic.Retrier

	slots   *traffic.Jobs
	streams *traffic.Streams
	wire    http.RoundTripper // the last transports of all requests
	direct  http.RoundTripper // for pings and token servers

	pings flight.Group

	mu    sync.Mutex
	hosts map[string]*host
}

// Option configures a Client.
type Option func(*Client)

// WithKeychain sets the source of credentials; the default is DefaultKeychain.
func WithKeychain(k authn.Keychain) Option { return func(c *Client) { c.keychain = k } }

// WithTransport replaces the transport that opens connections.
func WithTransport(rt http.RoundTripper) Option { return func(c *Client) { c.transport = rt } }

// WithCertificates sets the folders with certificates of single registries; the default is
// trust.Default.
func WithCertificates(certificates *trust.Certificates) Option {
	return func(c *Client) { c.certificates = certificates }
}

// WithJobs limits concurrent requests; values below one count as one. A blob that streams
// from one registry to another is one job.
func WithJobs(n int) Option { return func(c *Client) { c.jobs = max(n, 1) } }

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option { return func(c *Client) { c.userAgent = ua } }

// WithPlainHTTP allows unencrypted HTTP for every host that does not support HTTPS. By
// default, only this machine may use HTTP.
func WithPlainHTTP(all bool) Option { return func(c *Client) { c.plainHTTP = all } }

// WithInsecureHosts allows unencrypted HTTP, and certificates that can't be verified, for
// hosts for which isInsecure returns true; its argument is a host with its port.
func WithInsecureHosts(isInsecure func(hostport string) bool) Option {
	return func(c *Client) { c.insecure = isInsecure }
}

// Retry is a retry policy.
type Retry = traffic.Policy

// WithRetries replaces the retry policy.
func WithRetries(r Retry) Option { return func(c *Client) { c.retrier.Policy = r } }

// Event is something that happened on the wire.
type Event = traffic.Event

// The kinds of events.
const (
	RequestDone    = traffic.RequestDone
	BytesReceived  = traffic.BytesReceived
	BytesSent      = traffic.BytesSent
	Waiting        = traffic.Waiting
	RequestSent    = traffic.RequestSent
	RequestDropped = traffic.RequestDropped
	BytesAwaited   = traffic.BytesAwaited
)

// WithObserver calls f for every request, for transferred bytes and for waits. It is called
// concurrently and must be quick.
func WithObserver(f func(Event)) Option { return func(c *Client) { c.retrier.Observe = f } }

// WithMeter returns a context for requests whose sent and received bytes are reported to f.
func WithMeter(ctx context.Context, f func(sent bool, n int64)) context.Context {
	return traffic.WithMeter(ctx, f)
}

// withClock replaces the clock, for tests.
func withClock(k traffic.Clock) Option { return func(c *Client) { c.retrier.Clock = k } }

// DefaultKeychain finds credentials in the files of Docker and Podman.
func DefaultKeychain() authn.Keychain { return auth.DefaultKeychain() }

// New returns a Client.
func New(opts ...Option) *Client {
	c := &Client{
		userAgent: "ocompose",
		jobs:      DefaultJobs,
		retrier:   &traffic.Retrier{Policy: traffic.DefaultPolicy(), Clock: traffic.SystemClock{}},
		hosts:     map[string]*host{},
	}
	for _, o := range opts {
		o(c)
	}
	if c.keychain == nil {
		c.keychain = DefaultKeychain()
	}
	if c.certificates == nil {
		c.certificates = trust.Default()
	}
	c.slots = traffic.NewJobs(c.jobs)
	c.streams = traffic.NewStreams(c.jobs, c.retrier.Clock)
	c.wire = c.newWire()
	c.direct = c.newDirect()
	return c
}

// A Stream is a blob transfer in progress.
type Stream = traffic.Stream

// Stream waits until the connection has capacity for a blob of size bytes: on a slow
// connection, only a few blobs stream concurrently. Uploads call it themselves; readers of
// blobs without urgency should. Call Moved on the Stream as bytes are transferred, and
// Leave at the end.
func (c *Client) Stream(ctx context.Context, size int64) (*Stream, error) {
	return c.streams.Enter(ctx, size)
}

// Jobs returns the maximum number of concurrent requests.
func (c *Client) Jobs() int { return c.jobs }

// DefaultRetry is the policy of a Client without WithRetries.
func DefaultRetry() Retry { return traffic.DefaultPolicy() }
