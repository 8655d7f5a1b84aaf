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

// DefaultJobs is how many requests a Client has under way at most, unless WithJobs says
// otherwise.
const DefaultJobs = 16

// Client speaks to registries. It is safe for concurrent use. It is meant to live as long
// as one command, so that what it learns (schemes, challenges, tokens) is learned once.
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
	wire    http.RoundTripper // the transports that all requests pass last
	direct  http.RoundTripper // for pings and token servers

	pings flight.Group

	mu    sync.Mutex
	hosts map[string]*host
}

// Option configures a Client.
type Option func(*Client)

// WithKeychain says where credentials come from; the default is DefaultKeychain.
func WithKeychain(k authn.Keychain) Option { return func(c *Client) { c.keychain = k } }

// WithTransport replaces the transport that opens connections.
func WithTransport(rt http.RoundTripper) Option { return func(c *Client) { c.transport = rt } }

// WithCertificates says where certificates of single registries are; the default is
// trust.Default.
func WithCertificates(certificates *trust.Certificates) Option {
	return func(c *Client) { c.certificates = certificates }
}

// WithJobs bounds the requests under way at a time; values below one count as one. A blob
// that streams from one registry to another is one job.
func WithJobs(n int) Option { return func(c *Client) { c.jobs = max(n, 1) } }

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option { return func(c *Client) { c.userAgent = ua } }

// WithPlainHTTP allows unencrypted HTTP for every host that does not speak HTTPS.
// Without it, only this machine may be spoken to that way.
func WithPlainHTTP(all bool) Option { return func(c *Client) { c.plainHTTP = all } }

// WithInsecureHosts allows unencrypted HTTP, and certificates that can't be verified, for
// the hosts that isInsecure names; it is given a host with its port.
func WithInsecureHosts(isInsecure func(hostport string) bool) Option {
	return func(c *Client) { c.insecure = isInsecure }
}

// Retry is the policy of what is tried again.
type Retry = traffic.Policy

// WithRetries replaces the retry policy.
func WithRetries(r Retry) Option { return func(c *Client) { c.retrier.Policy = r } }

// Event is something that happened on the wire.
type Event = traffic.Event

// The kinds of events.
const (
	RequestDone   = traffic.RequestDone
	BytesReceived = traffic.BytesReceived
	BytesSent     = traffic.BytesSent
	Waiting       = traffic.Waiting
	RequestSent   = traffic.RequestSent
)

// WithObserver has f told of every request, of the bytes that pass and of waits. It is
// called concurrently and must be quick.
func WithObserver(f func(Event)) Option { return func(c *Client) { c.retrier.Observe = f } }

// WithMeter has f told of the bytes that are sent and received for requests with the context.
func WithMeter(ctx context.Context, f func(sent bool, n int64)) context.Context {
	return traffic.WithMeter(ctx, f)
}

// withClock replaces the clock, for tests.
func withClock(k traffic.Clock) Option { return func(c *Client) { c.retrier.Clock = k } }

// DefaultKeychain finds credentials where Docker and Podman keep them.
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

// A Stream is a blob that is under way.
type Stream = traffic.Stream

// Stream waits until the line has room for a blob of size bytes: on a thin line, few stream
// at a time. Uploads ask for it themselves; readers of blobs that are in no hurry of their
// own may. Call Moved of the Stream as the bytes pass, and Leave at the end.
func (c *Client) Stream(ctx context.Context, size int64) (*Stream, error) {
	return c.streams.Enter(ctx, size)
}

// Jobs tells how many requests the client has under way at most.
func (c *Client) Jobs() int { return c.jobs }

// DefaultRetry is the policy of a Client without WithRetries.
func DefaultRetry() Retry { return traffic.DefaultPolicy() }
