package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newVerify(t *terminal) *cli.Command {
	return t.build(command{
		name:  "verify",
		usage: "check that everything a composition needs is there",
		args:  "REF",
		description: "Reads every file of every composition and every manifest of every image of every\n" +
			"platform, and looks up every config and layer, each once; with --deep it reads those as\n" +
			"well. Checks that every image is pinned, and that a bundle needs nothing outside of its\n" +
			"repository. Prints what is missing or damaged, and exits with status 4 if anything is.\n" +
			"With --signature, it checks first that the composition is signed, and exits with status\n" +
			"6 if it is not.",
		examples: []string{"ocompose verify registry.example.com/shop:1.1", "ocompose verify --signature policy/trustpolicy.json registry.example.com/shop:1.1"},
		formats:  []string{"table", "json"},
		document: report.Verification{},
		flags: []cli.Flag{
			signatureFlag(),
			&cli.BoolFlag{Name: "deep", Usage: "read every config and layer, and compare it with its digest"},
		},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			at, signed, err := t.checkSignature(c, at, "")
			if err != nil {
				return err
			}
			v, err := c.session.Verify(c.ctx, at, action.VerifyOptions{Deep: c.flags.Bool("deep")})
			if err != nil {
				return err
			}
			v.Signature = signed
			if err := t.printVerification(v, c.format); err != nil {
				return err
			}
			if !v.OK {
				return &action.IncompleteError{Reference: v.Reference, Problems: v.Problems}
			}
			state := "present"
			if v.Deep {
				state = "intact"
			}
			t.note("%s is complete: %d manifests intact, %d blobs %s", v.Reference, v.Manifests, v.Blobs, state)
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
