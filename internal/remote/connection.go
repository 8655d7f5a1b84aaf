package remote

import (
	"time"

	"github.com/ocompose/ocompose/internal/remote/auth"
	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Connection configures how a Client connects to registries.
type Connection = wire.Connection

// WithConnection configures connections to registries. It has no effect on the transport
// that WithTransport sets.
func WithConnection(o Connection) Option { return func(c *Client) { c.connection = o } }

// DefaultTimeout is the default of WithTimeout.
const DefaultTimeout = time.Minute

// WithTimeout sets how long a request may make no progress: no response, and no byte
// accepted or sent.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.retrier.Policy.Stall = d } }

// An Exchange is a request and its response.
type Exchange = wire.Exchange

// Errors of connections and logins.
type (
	// A ProxyError reports that a proxy could not be used.
	ProxyError = wire.ProxyError
	// A StallError reports that a request was canceled because it made no progress.
	StallError = httperr.StallError
	// A TokenError reports that no token for a registry was issued.
	TokenError = auth.TokenError
)
