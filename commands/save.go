package commands

import (
	"context"
	"errors"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/folder"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newSave(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "save",
		Usage: "write a composition with its images into one file",
		Args:  "REF FILE",
		Description: "FILE is an OCI image layout: a tar file, compressed if its name ends with .tar.gz or\n" +
			".tar.zst; a folder if it is one or ends with a slash; standard output if it is -. It\n" +
			"contains everything the composition needs, including images in other repositories.\n" +
			"ocompose load copies it into a registry. Saving the same composition gives the same\n" +
			"bytes. With --platform, content for other platforms is omitted.",
		Examples: []string{"ocompose save registry.example.com/shop:1.1 shop.tar"},
		Outputs:  []string{"json"},
		Document: report.Saved{},
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "save only the content for `OS/ARCH[/VARIANT]`; repeat it or use commas for more"},
			flags.Referrers(),
			&cli.StringFlag{Name: "since", Usage: "omit the blobs of `REF`, a reference or a file: an update for targets that have it"},
			&cli.BoolFlag{Name: "force", Usage: "replace FILE"},
		},
		Run: func(c program.Call) error {
			if flags.LooksLikeFile(c.Args[0]) && flags.NamesRegistry(c.Args[1]) {
				return usage.Insteadf("save writes REF into FILE: write ocompose save %[2]s %[1]s, or ocompose load %[1]s %[2]s for the other way", c.Args[0], c.Args[1])
			}
			src, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			to, err := program.ParseFile(t, c.Args[1])
			if err != nil {
				return err
			}
			if to.Path == flags.Standard && program.ToTerminal(t) {
				return usage.Errorf("standard output is a terminal: redirect it to a file or a program")
			}
			options := file.SaveOptions{Tag: to.Ref, Following: flags.Following(c.Flags)}
			if _, err := v1.NewHash(src.Ref); err != nil && options.Tag == "" {
				options.Tag = src.Ref
			}
			if options.Platforms, err = flags.Platforms(c.Flags); err != nil {
				return err
			}
			if since := c.Flags.String("since"); since != "" {
				from, err := c.Location(since)
				if err != nil {
					return err
				}
				options.Since = &from
			}
			saving, err := file.PrepareSave(c.Ctx, c.Session, src, options)
			if err != nil {
				return err
			}
			show.LeftBehind(t, saving.LeftBehind)
			if err := save(c.Ctx, t, saving, to, c.Flags.Bool("force")); err != nil {
				return err
			}
			return show.Saved(t, saving, to, options.Tag, c.Output)
		},
	})
}

// save writes the file.
func save(ctx context.Context, t *terminal.Terminal, saving *file.Saving, to program.File, force bool) error {
	if to.IsFolder {
		return saveLayout(ctx, saving, to.Path)
	}
	if to.Path == flags.Standard {
		return saving.WriteArchive(ctx, t.Stdout)
	}
	f, err := archive.Create(to.Path, force)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := saving.WriteArchive(ctx, f); err != nil {
		return err
	}
	return f.Commit()
}

// saveLayout writes into a folder. If that fails, a new folder is removed, with the parents that
// were created for it.
func saveLayout(ctx context.Context, saving *file.Saving, path string) error {
	_, err := os.Stat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	undo, err := folder.Make(path)
	if err != nil {
		return err
	}
	layout, err := store.CreateLayout(path)
	if err == nil {
		err = saving.WriteLayout(ctx, layout)
	}
	if err != nil && isNew {
		store.AbandonLayout(path)
		undo()
	}
	return err
}
