package remote

import (
	"time"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Connection says how a Client connects to registries.
type Connection = wire.Connection

// WithConnection says how to connect to registries. It has no effect on the transport that
// WithTransport sets.
func WithConnection(o Connection) Option { return func(c *Client) { c.connection = o } }

// DefaultTimeout is how long a request may make no progress, unless WithTimeout says otherwise.
const DefaultTimeout = time.Minute

// WithTimeout says how long a request may make no progress: no answer, no byte taken or sent.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.retrier.Policy.Stall = d } }

// An Exchange is a request and how it was answered.
type Exchange = wire.Exchange

// Errors of connections and logins.
type (
	// A ProxyError tells that a proxy could not be used.
	ProxyError = wire.ProxyError
	// A StallError tells that a request was given up because it made no progress.
	StallError = httperr.StallError
	// A TokenError tells that no token for a registry could be had.
	TokenError = auth.TokenError
)
