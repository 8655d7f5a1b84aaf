package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// host is what the client has learnt of one registry.
type host struct {
	name string // as it stands in references
	pace *pace

	mu         sync.Mutex
	pinged     bool
	scheme     string
	challenge  *transport.Challenge
	identities map[authn.AuthConfig]*identity // by what they log in with
	repos      map[string]*identity           // by repository
}

// hostOf returns the host of a repository, new or known.
func (c *Client) hostOf(reg name.Registry) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[reg.RegistryStr()]
	if h == nil {
		h = &host{
			name:       reg.RegistryStr(),
			pace:       newPace(c.jobs, c.clock),
			identities: map[authn.AuthConfig]*identity{},
			repos:      map[string]*identity{},
		}
		c.hosts[h.name] = h
	}
	return h
}

// isKnown tells whether the host has been pinged.
func (h *host) isKnown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pinged
}

// Ping finds out how a registry wants to be spoken to, once a client, as the
// first request to it would: a caller who will need a registry saves a round
// trip by asking while there is something else to do. It fails where the
// registry can't be reached.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func (c *Client) Ping(ctx context.Context, reg name.Registry) error {
	return c.ping(ctx, c.hostOf(reg))
}

// ping finds out, once a host, which scheme it speaks and how it wants to be
// authenticated to. Concurrent callers wait for the first.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func (c *Client) ping(ctx context.Context, h *host) error {
	if h.isKnown() {
		return nil
	}
	return c.once(ctx, "ping "+h.name, func() error {
		if h.isKnown() {
			return nil
		}
		// The library decides by name whether HTTP may be tried, and would try
		// it for private addresses too: here it is told, and the transport below
		// refuses what isn't allowed.
		var opts []name.Option
		if c.plain.allows(h.name) {
			opts = append(opts, name.Insecure)
		}
		reg, err := name.NewRegistry(h.name, opts...)
		if err != nil {
			return err
		}
		probe := &probeTransport{inner: c.direct}
		ch, err := transport.Ping(ctx, reg, probe)
		if err != nil {
			return fmt.Errorf("reaching registry %q: %w", h.name, probe.reason(ctx, err))
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.scheme = "https"
		if ch.Insecure {
			h.scheme = "http"
		}
		if ch.Scheme != "" {
			h.challenge = ch
		}
		h.pinged = true
		return nil
	})
}

// once runs f for the first of concurrent callers with the same key and gives
// the others its result. A caller whose own context is alive doesn't inherit
// the cancellation of another.
func (c *Client) once(ctx context.Context, key string, f func() error) error {
	for {
		var mine bool
		ch := c.flight.DoChan(key, func() (any, error) {
			mine = true
			return nil, f()
		})
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case r := <-ch:
			if r.Err != nil && !mine && ctx.Err() == nil &&
				(errors.Is(r.Err, context.Canceled) || errors.Is(r.Err, context.DeadlineExceeded)) {
				continue
			}
			return r.Err
		}
	}
}
