package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/deploy"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newLoad(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "load",
		Usage: "copy a composition with its images from a file into a registry",
		Args:  "FILE [REF]",
		Description: "FILE was written by ocompose save, or is another OCI image layout with a composition: a\n" +
			"tar file, compressed or not, a folder, or - for standard input. A loose composition\n" +
			"whose images are in the file becomes a bundle at REF. If FILE has several compositions,\n" +
			"oci-archive:FILE:TAG or oci-layout:FOLDER:TAG selects one. An interrupted load continues\n" +
			"where it stopped.\n" +
			"With --engine instead of REF, the images are loaded into this machine's engine, without\n" +
			"a registry, and the files are written into a folder, ready for docker compose up.",
		Examples: []string{"ocompose load shop.tar registry.example.com/customer/shop:1.1"},
		Outputs:  []string{"json"},
		Document: report.Made{},

		DocumentWith: map[string]any{"engine": report.Pulled{}},
		Needs:        map[string]string{"directory": "engine", "platform": "engine", "listen": "engine", "allow-hidden": "engine"},
		Flags: []cli.Flag{
			flags.Referrers(),
			flags.Flat(),
			flags.PortableTag(),
			flags.AsFlag(),
			flags.TagImages(),
			flags.Signature(),
			flags.Repair(),
			flags.Force(),
			&cli.BoolFlag{Name: "engine", Usage: "load the images into this machine's engine, and write the files into a folder"},
			&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "with --engine: write the files into `DIR`", Value: "."},
			&cli.StringFlag{Name: "platform", Usage: "with --engine: load the images for `OS/ARCH[/VARIANT]`, instead of the engine's platform"},
			&cli.StringFlag{Name: "listen", Usage: "with --engine: serve the images to the engine on `HOST:PORT`, which becomes part of their names there", Value: "127.0.0.1:5000"},
			&cli.BoolFlag{Name: "allow-hidden", Usage: "with --engine: write files that other programs read or run automatically, such as .bashrc"},
		},
		Run: func(c program.Call) error {
			switch engine := c.Flags.Bool("engine"); {
			case engine && len(c.Args) == 2:
				return usage.Errorf("load: --engine and %q can't be combined: leave out one", c.Args[1])
			case engine:
				return deploy.LoadEngine(t, c, c.Args[0])
			case len(c.Args) == 1:
				return usage.Errorf("load: REF or --engine is missing")
			}
			from, err := program.ParseFile(t, c.Args[0])
			if err != nil {
				return err
			}
			ref, tags, err := flags.SplitTags(c.Args[1])
			if err != nil {
				return err
			}
			repo, tag, err := flags.ParseTarget(ref)
			if err != nil {
				return err
			}
			if tag == "" {
				tag = "latest"
			}
			to := c.Session.Registry(repo)
			c.Session.PingEarly(c.Ctx, to)
			options := file.LoadOptions{PushOptions: flags.PushOptions(c.Flags, tag, tags...), Flat: c.Flags.Bool("flat")}
			if options.As, err = flags.As(c.Flags); err != nil {
				return err
			}
			loaded, err := load(t, c, from, to, artifact.RepositoryName(repo), options)
			if err != nil {
				return err
			}
			return show.Copied(t, loaded, c.Output)
		},
	})
}

// load copies the file; a stream is read once, from start to end.
func load(t *terminal.Terminal, c program.Call, from program.File, to store.Target, scope string, options file.LoadOptions) (publish.Pushed, error) {
	stream, err := program.Stream(t, from)
	if err != nil {
		return publish.Pushed{}, err
	}
	if stream != nil {
		defer stream.Close()
		if c.Flags.IsSet("signature") {
			return publish.Pushed{}, usage.Errorf("--signature needs an uncompressed file, not a stream: %s can only be read from start to end", from.Name())
		}
		return file.LoadStream(c.Ctx, c.Session, from.Name(), stream, from.Ref, to, options)
	}
	src, err := store.OpenFile(from.Path)
	if err != nil {
		return publish.Pushed{}, err
	}
	at, _, err := c.CheckSignature(session.Location{Store: src, Ref: from.Ref}, scope)
	if err != nil {
		return publish.Pushed{}, err
	}
	return file.Load(c.Ctx, c.Session, at, to, options)
}
