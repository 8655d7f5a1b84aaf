package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newDelete(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "delete",
		Usage: "delete a composition",
		Args:  "REF",
		Description: "Deletes the composition's index and manifests, and its entry in the list of its\n" +
			"subject's referrers. Its images are kept unless --images is given. Content that another\n" +
			"tag of the repository needs is always kept: if another tag points at the same\n" +
			"composition, only the tag is deleted. Prints what was deleted.",
		Examples: []string{"ocompose delete --dry-run registry.example.com/shop:1.0", "ocompose delete registry.example.com/shop:1.0"},
		Outputs:  []string{"json"},
		Document: report.Deleted{},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "images", Usage: "delete the bundled images too"},
			&cli.BoolFlag{Name: "all-tags", Usage: "delete the composition with all tags that point at it"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be deleted, without deleting anything"},
		},
		Run: func(c program.Call) error {
			if err := c.Named(c.Args[0]); err != nil {
				return err
			}
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			deletion, err := remove.Plan(c.Ctx, c.Session, at, remove.Options{Images: c.Flags.Bool("images"), AllTags: c.Flags.Bool("all-tags")})
			if err != nil {
				return err
			}
			from := at.Store
			if c.Flags.Bool("dry-run") {
				from = store.Undeleted{Store: from}
			}
			if err := remove.Delete(c.Ctx, from, deletion); err != nil {
				return err
			}
			result := show.Deletion(deletion)
			result.DryRun = c.Flags.Bool("dry-run")
			for _, kept := range result.Kept {
				t.Note("kept %s: it is still needed", kept)
			}
			if len(deletion.Others) > 0 {
				t.Note("the composition is kept: %s %s at it", strings.Join(deletion.Others, ", "), terminal.Choose(len(deletion.Others), "points", "point"))
			}
			if c.Output == "json" {
				return t.PrintJSON(result)
			}
			if len(deletion.Others) > 0 {
				return t.Print(result.Tags...)
			}
			return t.Print(result.Deleted...)
		},
	})
}
