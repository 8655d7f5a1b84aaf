// Package wire has the last transports of every request, before the network: redirects,
// hosts that may be used without TLS, the User-Agent header, stalled responses, and
// connections.
package wire
