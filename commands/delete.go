package commands

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

// deleted is the result of delete. Its JSON is a contract.
type deleted struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// Deleted and Kept are digest references.
	Deleted []string `json:"deleted"`
	// Kept are manifests of the package that something else needs.
	Kept []string `json:"kept"`
	// DryRun tells that nothing was deleted.
	DryRun bool `json:"dryRun,omitempty"`
}

func newDelete(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "delete a composition",
		ArgsUsage: "REF",
		Description: "Deletes the composition's index and manifests, and its entry in the listing of its\n" +
			"subject. Its images stay, unless --images is given. What another tag of the\n" +
			"repository needs is kept in any case. Prints what was deleted.",
		Flags: slices.Concat(networkFlags(), outputFlags("json"), []cli.Flag{
			&cli.BoolFlag{Name: "images", Usage: "delete the bundled images too"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be deleted, and delete nothing"},
		}),
		Action: t.onReference("json", "REF", func(c call, ref name.Reference) error {
			deletion, err := c.remote.PlanDelete(c.ctx, ref, c.flags.Bool("images"))
			if err != nil {
				return err
			}
			if !c.flags.Bool("dry-run") {
				if err := c.remote.Delete(c.ctx, deletion); err != nil {
					return err
				}
			}
			result := describeDeletion(deletion)
			result.DryRun = c.flags.Bool("dry-run")
			for _, kept := range result.Kept {
				t.note("kept %s: something else needs it", kept)
			}
			if c.format == "json" {
				return t.printJSON(result)
			}
			return t.print(result.Deleted...)
		}),
	}
}

// describeDeletion names what goes and what stays.
func describeDeletion(d *artifact.Deletion) deleted {
	result := deleted{Reference: artifact.ReferenceName(d.Root), Deleted: []string{}, Kept: []string{}}
	for _, m := range d.Manifests {
		result.Deleted = append(result.Deleted, artifact.DigestName(d.Root.Context(), m.Digest))
	}
	for _, m := range d.Kept {
		result.Kept = append(result.Kept, artifact.DigestName(d.Root.Context(), m.Digest))
	}
	return result
}
