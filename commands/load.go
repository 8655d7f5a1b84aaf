package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newLoad(t *terminal) *cli.Command {
	return t.build(command{
		name:  "load",
		usage: "copy a composition with its images from a file into a registry",
		args:  "FILE [REF]",
		description: "FILE is what ocompose save wrote, or another OCI image layout with a composition: a tar\n" +
			"file, compressed or not, a folder, or standard input if it is -. A loose composition\n" +
			"whose images are in the file becomes a bundle at REF. If FILE has several compositions,\n" +
			"oci-archive:FILE:TAG or oci-layout:FOLDER:TAG selects one. An interrupted load goes on\n" +
			"where it stopped.\n" +
			"With --engine in the place of REF, the engine of this machine gets the images, without\n" +
			"any registry, and the composition's files go into a folder, ready for docker compose up.",
		examples: []string{"ocompose load shop.tar registry.example.com/customer/shop:1.1"},
		formats:  []string{"json"},
		document: report.Made{},

		documentWith: map[string]any{"engine": report.Pulled{}},
		needs:        map[string]string{"directory": "engine", "platform": "engine", "listen": "engine", "allow-hidden": "engine"},
		flags: []cli.Flag{
			referrersFlag(),
			flatFlag(),
			portableTagFlag(),
			asFlag(),
			tagImagesFlag(),
			signatureFlag(),
			repairFlag(),
			forceFlag(),
			&cli.BoolFlag{Name: "engine", Usage: "load into this machine's engine, and write the files into a folder"},
			&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "with --engine: write the files into `DIR`", Value: "."},
			&cli.StringFlag{Name: "platform", Usage: "with --engine: load what `OS/ARCH[/VARIANT]` runs, instead of the engine's own"},
			&cli.StringFlag{Name: "listen", Usage: "with --engine: serve the images to the engine on `HOST:PORT`, which becomes part of their names there", Value: "127.0.0.1:5000"},
			&cli.BoolFlag{Name: "allow-hidden", Usage: "with --engine: write files that other programs read or run by themselves, such as .bashrc"},
		},
		run: func(c call) error {
			switch engine := c.flags.Bool("engine"); {
			case engine && len(c.args) == 2:
				return usagef("load: --engine takes the place of %q: leave one of them out", c.args[1])
			case engine:
				return t.loadEngine(c, c.args[0])
			case len(c.args) == 1:
				return usagef("load: REF is missing, or --engine")
			}
			from, err := t.parseFile(c.args[0])
			if err != nil {
				return err
			}
			ref, tags, err := splitTags(c.args[1])
			if err != nil {
				return err
			}
			repo, tag, err := parseTarget(ref)
			if err != nil {
				return err
			}
			if tag == "" {
				tag = "latest"
			}
			to := c.session.Registry(repo)
			c.pingEarly(c.ctx, to)
			options := action.LoadOptions{PushOptions: pushOptions(c.flags, tag, tags...), Flat: c.flags.Bool("flat")}
			if options.As, err = as(c.flags); err != nil {
				return err
			}
			loaded, err := t.load(c, from, to, artifact.RepositoryName(repo), options)
			if err != nil {
				return err
			}
			return t.printCopied(loaded, c.format)
		},
	})
}

// load copies the file, in one go where it can be read from its start only.
func (t *terminal) load(c call, from file, to store.Target, scope string, options action.LoadOptions) (action.Pushed, error) {
	stream, err := t.stream(from)
	if err != nil {
		return action.Pushed{}, err
	}
	if stream != nil {
		defer stream.Close()
		if c.flags.IsSet("signature") {
			return action.Pushed{}, usagef("--signature needs a file that can be read in any order: %s is not, as standard input and compressed files are not", from.name())
		}
		return c.session.LoadStream(c.ctx, from.name(), stream, from.ref, to, options)
	}
	src, err := store.OpenFile(from.path)
	if err != nil {
		return action.Pushed{}, err
	}
	at, _, err := t.checkSignature(c, action.Location{Store: src, Ref: from.ref}, scope)
	if err != nil {
		return action.Pushed{}, err
	}
	return c.session.Load(c.ctx, at, to, options)
}
