package deploy

import (
	"context"
	"fmt"
	"net"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// choose returns the served location of a package of the file. The digest identifies it, so that
// it is the package whose signature was checked.
func (h *Hosted) choose(ctx context.Context, in session.Location) (session.Location, error) {
	source, err := h.file.Lookup(ctx, in.Ref)
	if err != nil {
		return session.Location{}, err
	}
	for _, p := range h.Packages {
		if to, ok := p.Store.(store.Store); ok && p.Source == source.Digest {
			return session.Location{Store: to, Ref: p.Package.Digest().String()}, nil
		}
	}
	return session.Location{}, usage.Errorf("%s is not a composition", in)
}

// A Hosted is a file that a registry serves.
type Hosted struct {
	Packages []file.Hosted
	file     store.Store
	registry *registry.Registry
	stop     context.CancelFunc
	served   chan error
}

// Host starts a registry over a file.
func Host(ctx context.Context, t *terminal.Terminal, arg string, listener net.Listener, options []registry.Option) (*Hosted, error) {
	at, err := program.OpenFile(t, arg)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	blobs, err := store.BlobsOf(at.Store)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	handler, err := registry.New(append(options, registry.WithBase(blobs))...)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	h := &Hosted{file: at.Store, registry: handler, stop: stop, served: make(chan error, 1)}
	go func() { h.served <- registry.Serve(ctx, listener, handler) }()
	host, err := name.NewRegistry(listener.Addr().String())
	if err == nil {
		h.Packages, err = file.Host(ctx, session.New(remote.New(), nil), at.Store, host)
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("serving %s: %w", arg, err)
	}
	handler.Seal()
	return h, nil
}

// Wait waits until the registry stops.
func (h *Hosted) Wait() error { return <-h.served }

// Close stops the registry.
func (h *Hosted) Close() {
	h.stop()
	_ = h.registry.Close()
}
