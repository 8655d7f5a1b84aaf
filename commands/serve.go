package commands

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/demo"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newServe(t *terminal) *cli.Command {
	return t.build(command{
		name:  "serve",
		usage: "run a small local registry, for trying things out or over a file",
		args:  "[FILE]",
		description: "Prints its address when it is ready, and runs until it is interrupted. What is pushed is\n" +
			"kept in memory, or in --dir. With FILE, a tar file or folder that ocompose save wrote,\n" +
			"it serves what is in there, without unpacking it, and takes nothing else: docker compose\n" +
			"runs it from oci://ADDRESS/NAME:TAG, which is printed as well. There is no\n" +
			"authentication: it listens on this machine only, unless --listen says otherwise.",
		examples: []string{"ocompose serve --listen 127.0.0.1:0 --dir storage"},
		formats:  []string{"json"},
		document: report.Address{},
		local:    true,
		flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on `HOST:PORT`; port 0 is any free one", Value: "127.0.0.1:5000"},
			&cli.StringFlag{Name: "dir", Usage: "keep what is pushed in `DIR`"},
			&cli.BoolFlag{Name: "demo", Usage: "have the images of the application in the documentation, to try things out with"},
			&cli.BoolFlag{Name: "no-referrers-api", Usage: "answer as a registry without the referrers API"},
			&cli.BoolFlag{Name: "access-log", Usage: "log every request on stderr"},
		},
		run: func(c call) error {
			options := []registry.Option{registry.WithReferrersAPI(!c.flags.Bool("no-referrers-api"))}
			if c.flags.Bool("access-log") {
				options = append(options, registry.WithLog(t.Stderr))
			}
			if len(c.args) == 1 {
				if c.flags.String("dir") != "" || c.flags.Bool("demo") {
					return usagef("serve: --dir and --demo are for what is pushed, and a file takes nothing")
				}
				return t.serveFile(c, c.args[0], options)
			}
			return t.serveRegistry(c, options)
		},
	})
}

// serveRegistry serves what is pushed, with the images of the demo if they are asked for.
func (t *terminal) serveRegistry(c call, options []registry.Option) error {
	if dir := c.flags.String("dir"); dir != "" {
		options = append(options, registry.WithDir(dir))
	}
	handler, err := registry.New(options...)
	if err != nil {
		return err
	}
	defer handler.Close()
	listener, err := listen(c)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- registry.Serve(ctx, listener, handler) }()
	a := report.Address{Address: listener.Addr().String()}
	if c.flags.Bool("demo") {
		a.References, err = t.pushDemo(ctx, listener.Addr())
	}
	if err == nil {
		err = t.printAddress(c, a)
	}
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	for _, ref := range a.References {
		t.note("it has %s", ref)
	}
	t.note("serving a registry on %s until interrupted", a.Address)
	return <-served
}

// pushDemo pushes the demo's images to the registry that listens at an address.
func (t *terminal) pushDemo(ctx context.Context, address net.Addr) ([]string, error) {
	_, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return nil, err
	}
	program, err := demo.Program()
	if err != nil {
		t.note("the images hold no program that could run: %v", err)
	}
	return demo.Push(ctx, net.JoinHostPort("localhost", port), program)
}

func listen(c call) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(c.ctx, "tcp", c.flags.String("listen"))
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", c.flags.String("listen"), err)
	}
	return listener, nil
}

// printAddress prints where the registry is.
func (t *terminal) printAddress(c call, a report.Address) error {
	if c.format == "json" {
		return t.printJSON(a)
	}
	return t.print(a.Address)
}

// serveFile serves what is in a file.
func (t *terminal) serveFile(c call, arg string, options []registry.Option) error {
	listener, err := listen(c)
	if err != nil {
		return err
	}
	h, err := t.host(c.ctx, arg, listener, options)
	if err != nil {
		return err
	}
	defer h.close()
	a := report.Address{Address: listener.Addr().String()}
	for _, p := range h.packages {
		a.References = append(a.References, p.Store.Name()+":"+p.Tag)
	}
	if err := t.printAddress(c, a); err != nil {
		return err
	}
	for _, ref := range a.References {
		t.note("docker compose --insecure-registry %s -f oci://%s up", a.Address, ref)
	}
	t.note("serving %s on %s until interrupted", arg, a.Address)
	return h.wait()
}

// A hosted file is one that a registry serves.
type hosted struct {
	packages []action.Pushed
	file     store.Store
	registry *registry.Registry
	stop     context.CancelFunc
	served   chan error
}

// host starts a registry over a file.
func (t *terminal) host(ctx context.Context, arg string, listener net.Listener, options []registry.Option) (*hosted, error) {
	at, err := t.openFile(arg)
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
	h := &hosted{file: at.Store, registry: handler, stop: stop, served: make(chan error, 1)}
	go func() { h.served <- registry.Serve(ctx, listener, handler) }()
	host, err := name.NewRegistry(listener.Addr().String())
	if err == nil {
		h.packages, err = action.NewSession(remote.New(), nil).Host(ctx, at.Store, host)
	}
	if err != nil {
		h.close()
		return nil, fmt.Errorf("serving %s: %w", arg, err)
	}
	handler.Seal()
	return h, nil
}

// wait waits until the registry ends.
func (h *hosted) wait() error { return <-h.served }

// close ends the registry.
func (h *hosted) close() {
	h.stop()
	_ = h.registry.Close()
}
