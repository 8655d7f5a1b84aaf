package commands

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

func newVerify(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that all that a composition needs is there and intact",
		ArgsUsage: "REF",
		Description: "Checks every file of every composition, and every manifest, config and layer of every\n" +
			"image of every platform, each once; that every image is pinned; and that a bundle\n" +
			"needs nothing outside of its repository. Prints what is missing or damaged, and exits\n" +
			"with status 4 if anything is.",
		Flags: slices.Concat(networkFlags(), outputFlags("table, json")),
		Action: t.onReference("table, json", "REF", func(c call, ref name.Reference) error {
			v, err := c.remote.Verify(c.ctx, ref)
			if err != nil {
				return err
			}
			if err := t.printVerification(v, c.format); err != nil {
				return err
			}
			if !v.OK {
				return &artifact.IncompleteError{Reference: v.Reference, Problems: len(v.Problems)}
			}
			t.note("%s is complete: %d manifests and %d blobs are there", v.Reference, v.Manifests, v.Blobs)
			return nil
		}),
	}
}

// printVerification prints what verifying found: nothing where all is well.
func (t *terminal) printVerification(v *artifact.Verification, format string) error {
	if format == "json" {
		return t.printJSON(v)
	}
	if v.OK {
		return nil
	}
	return t.table(func(row printRow) {
		row("KIND\tREASON\tREFERENCE\tNEEDED BY")
		for _, p := range v.Problems {
			row("%s\t%s\t%s\t%s", p.Kind, p.Reason, p.Reference, p.NeededBy)
		}
	})
}
