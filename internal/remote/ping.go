package remote

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
	"github.com/ocompose/ocompose/internal/remote/wire"
)

// Ping finds out how a registry is spoken to, once per client, as the first request to it
// would: a caller who will need a registry saves a round trip by asking while there is
// something else to do. It fails if the registry can't be reached.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func (c *Client) Ping(ctx context.Context, reg name.Registry) error {
	return c.ping(ctx, c.hostOf(reg))
}

// ping finds out, once per registry, which scheme it speaks and how it wants to be logged
// in to. Concurrent callers wait for the first.
func (c *Client) ping(ctx context.Context, r *host) error {
	if r.knownScheme() != "" {
		return nil
	}
	return c.pings.Do(ctx, r.name, func() error {
		if r.knownScheme() != "" {
			return nil
		}
		// The library guesses from the name whether HTTP may be tried, for private
		// addresses too. Here it is told.
		var opts []name.Option
		if (&wire.PlainHTTP{All: c.plainHTTP, Hosts: c.isInsecure}).Allows(r.name) {
			opts = append(opts, name.Insecure)
		}
		reg, err := name.NewRegistry(r.name, opts...)
		if err != nil {
			return err
		}
		probe := newProbe(c.direct)
		ch, err := transport.Ping(ctx, reg, probe)
		if err != nil {
			err = probe.reason(ctx, err)
			if httperr.IsNotFound(err) {
				return &NoRegistryError{Host: r.name, Reason: err.Error()}
			}
			return fmt.Errorf("reaching registry %q: %w", r.name, httperr.Brief(err))
		}
		r.login.Pinged(ch)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.scheme = "https"
		if ch.Insecure {
			r.scheme = "http"
		}
		return nil
	})
}
