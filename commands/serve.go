package commands

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/deploy"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/demo"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/report"
)

func newServe(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "serve",
		Usage: "run a small local registry, to try things out or to serve a file",
		Args:  "[FILE]",
		Description: "Prints its address when it is ready, and runs until it is interrupted. Pushed content is\n" +
			"kept in memory, or in --dir. With FILE, a tar file or folder that ocompose save wrote, it\n" +
			"serves FILE read-only, without unpacking it: docker compose runs its compositions from\n" +
			"oci://ADDRESS/NAME:TAG, which is printed too. There is no authentication: it listens on\n" +
			"this machine only, unless --listen sets another address.",
		Examples: []string{"ocompose serve --listen 127.0.0.1:0 --dir storage"},
		Outputs:  []string{"json"},
		Document: report.Address{},
		Local:    true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on `HOST:PORT`; port 0 selects a free port", Value: "127.0.0.1:5000"},
			&cli.StringFlag{Name: "dir", Usage: "keep pushed content in `DIR`"},
			&cli.BoolFlag{Name: "demo", Usage: "include the images that the documentation uses"},
			&cli.BoolFlag{Name: "no-referrers-api", Usage: "behave like a registry without the referrers API"},
			&cli.BoolFlag{Name: "access-log", Usage: "log every request to stderr"},
		},
		Run: func(c program.Call) error {
			options := []registry.Option{registry.WithReferrersAPI(!c.Flags.Bool("no-referrers-api"))}
			if c.Flags.Bool("access-log") {
				options = append(options, registry.WithLog(t.Stderr))
			}
			if len(c.Args) == 1 {
				if c.Flags.String("dir") != "" || c.Flags.Bool("demo") {
					return usage.Errorf("serve: --dir and --demo can't be combined with a file, which is served read-only")
				}
				return serveFile(t, c, c.Args[0], options)
			}
			return serveRegistry(t, c, options)
		},
	})
}

// serveRegistry serves pushed content, with the demo's images if --demo is given.
func serveRegistry(t *terminal.Terminal, c program.Call, options []registry.Option) error {
	if dir := c.Flags.String("dir"); dir != "" {
		options = append(options, registry.WithDir(dir))
	}
	handler, err := registry.New(options...)
	if err != nil {
		return err
	}
	defer handler.Close()
	for _, path := range handler.Strays() {
		t.Warn(path + " does not belong to a registry and is ignored")
	}
	listener, err := listen(c)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(c.Ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- registry.Serve(ctx, listener, handler) }()
	a := report.Address{Address: listener.Addr().String()}
	if c.Flags.Bool("demo") {
		a.References, err = pushDemo(ctx, t, listener.Addr())
	}
	if err == nil {
		err = printAddress(t, c, a)
	}
	if err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	for _, ref := range a.References {
		t.Note("it contains %s", ref)
	}
	t.Note("serving a registry on %s until interrupted", a.Address)
	return <-served
}

// pushDemo pushes the demo's images to the registry that listens at an address.
func pushDemo(ctx context.Context, t *terminal.Terminal, address net.Addr) ([]string, error) {
	_, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return nil, err
	}
	program, err := demo.Program()
	if err != nil {
		t.Note("the images contain no program that can run: %v", err)
	}
	return demo.Push(ctx, net.JoinHostPort("localhost", port), program)
}

func listen(c program.Call) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(c.Ctx, "tcp", c.Flags.String("listen"))
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", c.Flags.String("listen"), err)
	}
	return listener, nil
}

// printAddress prints where the registry is.
func printAddress(t *terminal.Terminal, c program.Call, a report.Address) error {
	if c.Output == "json" {
		return t.PrintJSON(a)
	}
	return t.Print(a.Address)
}

// serveFile serves the content of a file.
func serveFile(t *terminal.Terminal, c program.Call, arg string, options []registry.Option) error {
	if err := program.CheckFile(t, arg); err != nil {
		return err
	}
	listener, err := listen(c)
	if err != nil {
		return err
	}
	h, err := deploy.Host(c.Ctx, t, arg, listener, options)
	if err != nil {
		return err
	}
	defer h.Close()
	a := report.Address{Address: listener.Addr().String()}
	for _, p := range h.Packages {
		a.References = append(a.References, p.Store.Name()+":"+p.Tag)
	}
	if err := printAddress(t, c, a); err != nil {
		return err
	}
	for _, ref := range a.References {
		t.Note("docker compose --insecure-registry %s -f oci://%s up", a.Address, ref)
	}
	t.Note("serving %s on %s until interrupted", arg, a.Address)
	return h.Wait()
}
