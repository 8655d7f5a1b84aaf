package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

func newDelete(t *terminal) *cli.Command {
	return t.build(command{
		name:  "delete",
		usage: "delete a composition",
		args:  "REF",
		description: "Deletes the composition's index and manifests, and its entry in the list of its\n" +
			"subject's referrers. Its images stay, unless --images is given. What another tag of the\n" +
			"repository needs always stays: if another tag points at the same composition, only the\n" +
			"tag is deleted. Prints what was deleted.",
		examples: []string{"ocompose delete --dry-run registry.example.com/shop:1.0", "ocompose delete registry.example.com/shop:1.0"},
		formats:  []string{"json"},
		document: report.Deleted{},
		flags: []cli.Flag{
			&cli.BoolFlag{Name: "images", Usage: "delete the bundled images too"},
			&cli.BoolFlag{Name: "all-tags", Usage: "delete the composition with all tags that point at it"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be deleted, and delete nothing"},
		},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			deletion, err := c.session.PlanDelete(c.ctx, at, action.DeleteOptions{Images: c.flags.Bool("images"), AllTags: c.flags.Bool("all-tags")})
			if err != nil {
				return err
			}
			from := at.Store
			if c.flags.Bool("dry-run") {
				from = store.Undeleted{Store: from}
			}
			if err := c.session.Delete(c.ctx, from, deletion); err != nil {
				return err
			}
			result := describeDeletion(deletion)
			result.DryRun = c.flags.Bool("dry-run")
			for _, kept := range result.Kept {
				t.note("kept %s: something else needs it", kept)
			}
			if len(deletion.Others) > 0 {
				t.note("the composition stays: %s %s at it", strings.Join(deletion.Others, ", "), choose(len(deletion.Others), "points", "point"))
			}
			if c.format == "json" {
				return t.printJSON(result)
			}
			if len(deletion.Others) > 0 {
				return t.print(result.Tags...)
			}
			return t.print(result.Deleted...)
		},
	})
}

// describeDeletion names what goes and what stays.
func describeDeletion(d *action.Deletion) report.Deleted {
	in := d.At.Store.Name() + "@"
	result := report.Deleted{Reference: in + d.Root.String(), Tags: []string{}, Deleted: []string{}, Kept: []string{}}
	for _, tag := range d.Tags {
		result.Tags = append(result.Tags, d.At.Store.Name()+":"+tag)
	}
	for _, m := range d.Manifests {
		result.Deleted = append(result.Deleted, in+m.Digest.String())
	}
	for _, m := range d.Kept {
		result.Kept = append(result.Kept, in+m.Digest.String())
	}
	return result
}
