package remote

import (
	"time"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Connection says how a Client connects to registries.
type Connection = wire.Connection

// WithConnection says how to connect to registries. It has no effect on the transport that
// WithTransport sets.
func WithConnection(o Connection) Option { return func(c *Client) { c.connection = o } }

// DefaultTimeout is how long a registry may take to begin its answer, unless a Connection says
// otherwise.
const DefaultTimeout time.Duration = wire.DefaultTimeout

// An Exchange is a request and how it was answered.
type Exchange = wire.Exchange

// Errors of connections and logins.
type (
	// A ProxyError tells that a proxy could not be used.
	ProxyError = wire.ProxyError
	// A SilenceError tells that a host did not answer in time.
	SilenceError = wire.SilenceError
	// A TokenError tells that no token for a registry could be had.
	TokenError = auth.TokenError
)
