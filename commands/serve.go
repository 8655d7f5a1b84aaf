package commands

import (
	"fmt"
	"net"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/report"
)

func newServe(t *terminal) *cli.Command {
	return t.build(command{
		name:  "serve",
		usage: "run a small local registry for trying things out",
		description: "Prints its address when it is ready, and runs until it is interrupted. What is pushed is\n" +
			"kept in memory, or in --dir. There is no authentication: it listens on this machine only,\n" +
			"unless --listen says otherwise.",
		examples: []string{"ocompose serve --listen 127.0.0.1:0 --dir storage"},
		formats:  []string{"json"},
		document: report.Address{},
		local:    true,
		flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "listen on `HOST:PORT`; port 0 is any free one", Value: "127.0.0.1:5000"},
			&cli.StringFlag{Name: "dir", Usage: "keep what is pushed in `DIR`"},
			&cli.BoolFlag{Name: "no-referrers-api", Usage: "answer as a registry without the referrers API"},
			&cli.BoolFlag{Name: "access-log", Usage: "log every request on stderr"},
		},
		run: func(c call) error {
			options := []registry.Option{registry.WithReferrersAPI(!c.flags.Bool("no-referrers-api"))}
			if dir := c.flags.String("dir"); dir != "" {
				options = append(options, registry.WithDir(dir))
			}
			if c.flags.Bool("access-log") {
				options = append(options, registry.WithLog(t.Stderr))
			}
			handler, err := registry.New(options...)
			if err != nil {
				return err
			}
			defer handler.Close()
			var listen net.ListenConfig
			listener, err := listen.Listen(c.ctx, "tcp", c.flags.String("listen"))
			if err != nil {
				return fmt.Errorf("listening on %s: %w", c.flags.String("listen"), err)
			}
			address := listener.Addr().String()
			if c.format == "json" {
				err = t.printJSON(report.Address{Address: address})
			} else {
				err = t.print(address)
			}
			if err != nil {
				listener.Close()
				return err
			}
			t.note("serving a registry on %s until interrupted", address)
			return registry.Serve(c.ctx, listener, handler)
		},
	})
}
