package deploy

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// choose returns where a package of the file is served: the one with a tag, or the only one.
func (h *Hosted) choose(tag string) (action.Location, error) {
	var found []action.Location
	var tags []string
	for _, p := range h.Packages {
		tags = append(tags, p.Tag)
		if in, ok := p.Store.(store.Store); ok && (tag == "" || tag == p.Tag) {
			found = append(found, action.Location{Store: in, Ref: p.Package.Digest().String()})
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return action.Location{}, usage.Errorf("the file has the compositions %s: name one as oci-archive:FILE:TAG", strings.Join(tags, ", "))
}

// A Hosted file is one that a registry serves.
type Hosted struct {
	Packages []action.Pushed
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
		h.Packages, err = action.NewSession(remote.New(), nil).Host(ctx, at.Store, host)
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("serving %s: %w", arg, err)
	}
	handler.Seal()
	return h, nil
}

// Wait waits until the registry ends.
func (h *Hosted) Wait() error { return <-h.served }

// Close ends the registry.
func (h *Hosted) Close() {
	h.stop()
	_ = h.registry.Close()
}
