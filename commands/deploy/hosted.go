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
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// choose returns the served location of a package: the one with the tag, or the only one.
func (h *Hosted) choose(tag string) (session.Location, error) {
	var found []session.Location
	var tags []string
	for _, p := range h.Packages {
		tags = append(tags, p.Tag)
		if in, ok := p.Store.(store.Store); ok && (tag == "" || tag == p.Tag) {
			found = append(found, session.Location{Store: in, Ref: p.Package.Digest().String()})
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return session.Location{}, usage.Errorf("the file has the compositions %s: select one with oci-archive:FILE:TAG", strings.Join(tags, ", "))
}

// A Hosted is a file that a registry serves.
type Hosted struct {
	Packages []publish.Pushed
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
