package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newVerify(t *terminal) *cli.Command {
	return t.build(command{
		name:  "verify",
		usage: "check that all that a composition needs is there and intact",
		args:  "REF",
		description: "Checks every file of every composition, and every manifest, config and layer of every\n" +
			"image of every platform, each once; that every image is pinned; and that a bundle\n" +
			"needs nothing outside of its repository. Prints what is missing or damaged, and exits\n" +
			"with status 4 if anything is.",
		examples: []string{"ocompose verify registry.example.com/shop:1.1"},
		formats:  []string{"table", "json"},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			v, err := c.session.Verify(c.ctx, at)
			if err != nil {
				return err
			}
			if err := t.printVerification(v, c.format); err != nil {
				return err
			}
			if !v.OK {
				return &action.IncompleteError{Reference: v.Reference, Problems: len(v.Problems)}
			}
			t.note("%s is complete: %d manifests and %d blobs are there", v.Reference, v.Manifests, v.Blobs)
			return nil
		},
	})
}

// printVerification prints what verifying found: nothing where all is well.
func (t *terminal) printVerification(v *report.Verification, format string) error {
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
