package commands

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newSave(t *terminal) *cli.Command {
	return t.build(command{
		name:  "save",
		usage: "write a composition with its images into one file",
		args:  "REF FILE",
		description: "FILE is an OCI image layout: a tar file, compressed if its name ends with .tar.gz or\n" +
			".tar.zst; a folder if it is one or ends with a slash; standard output if it is -. It has\n" +
			"everything that the composition needs, also images that are elsewhere. ocompose load\n" +
			"copies it into a registry. Saving the same composition gives the same bytes. With\n" +
			"--platform, what other platforms need is left out.",
		examples: []string{"ocompose save registry.example.com/shop:1.1 shop.tar"},
		formats:  []string{"json"},
		document: report.Saved{},
		flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "save only what `OS/ARCH[/VARIANT]` needs; repeat it or use commas for more"},
			referrersFlag(),
			&cli.StringFlag{Name: "since", Usage: "leave out the blobs that `REF` has, which may be a file: an update for whoever has that"},
			&cli.BoolFlag{Name: "force", Usage: "replace FILE"},
		},
		run: func(c call) error {
			src, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			to, err := t.parseFile(c.args[1])
			if err != nil {
				return err
			}
			if to.path == standard && t.toTerminal() {
				return usagef("%s is a terminal: redirect it to a file or a program", to.path)
			}
			options := action.SaveOptions{Tag: to.ref, Following: following(c.flags)}
			if _, err := v1.NewHash(src.Ref); err != nil && options.Tag == "" {
				options.Tag = src.Ref
			}
			if options.Platforms, err = platforms(c.flags); err != nil {
				return err
			}
			if since := c.flags.String("since"); since != "" {
				from, err := t.location(c, since)
				if err != nil {
					return err
				}
				options.Since = &from
			}
			saving, err := c.session.PrepareSave(c.ctx, src, options)
			if err != nil {
				return err
			}
			t.tellLeft(saving.LeftBehind)
			if err := t.save(c.ctx, saving, to, c.flags.Bool("force")); err != nil {
				return err
			}
			return t.printSaved(saving, to, options.Tag, c.format)
		},
	})
}

// save writes the file.
func (t *terminal) save(ctx context.Context, saving *action.Saving, to file, force bool) error {
	if to.isFolder {
		layout, err := store.CreateLayout(to.path)
		if err != nil {
			return err
		}
		return saving.WriteLayout(ctx, layout)
	}
	if to.path == standard {
		return saving.WriteArchive(ctx, t.Stdout)
	}
	f, err := archive.Create(to.path, force)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := saving.WriteArchive(ctx, f); err != nil {
		return err
	}
	return f.Commit()
}

// printSaved prints what was saved. Standard output has the file itself where that goes
// there.
func (t *terminal) printSaved(saving *action.Saving, to file, tag, format string) error {
	content := saving.Package.Content()
	saved := report.Saved{
		Digest: content.Descriptor.Digest.String(), Tag: tag, MediaType: string(content.Descriptor.MediaType),
		Mode: string(saving.Package.Mode), File: to.path, Size: saving.Size, Since: saving.Since,
	}
	for _, p := range saving.Package.Platforms() {
		saved.Platforms = append(saved.Platforms, p.String())
	}
	prefix := store.ArchivePrefix
	if to.isFolder {
		prefix = store.LayoutPrefix
	}
	saved.Reference = prefix + to.path + "@" + saved.Digest
	switch {
	case to.path == standard:
		t.note("saved %s", saved.Digest)
		return nil
	case format == "json":
		return t.printJSON(saved)
	}
	return t.print(saved.Reference)
}
