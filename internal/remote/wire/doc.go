// Package wire is what every request passes last, before the network: the redirects that
// are followed, the hosts that may be spoken to without TLS, the User-Agent header, the
// time that an answer may stall, and the connections.
package wire
