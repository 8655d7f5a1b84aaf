package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/report"
)

func newVerify(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "verify",
		Usage: "check that everything a composition needs exists",
		Args:  "REF",
		Description: "Reads every file of every composition and every manifest of every image for every\n" +
			"platform, and checks that every config and layer exists; with --deep, reads those too.\n" +
			"Checks that every image is pinned, and that a bundle needs nothing outside its\n" +
			"repository. Prints what is missing or damaged, and exits with status 4 if anything is.\n" +
			"With --signature, first checks that the composition is signed, and exits with status 6\n" +
			"if it is not.",
		Examples: []string{"ocompose verify registry.example.com/shop:1.1", "ocompose verify --signature policy/trustpolicy.json registry.example.com/shop:1.1"},
		Outputs:  []string{"table", "json"},
		Document: report.Verification{},
		Flags: []cli.Flag{
			flags.Signature(),
			&cli.BoolFlag{Name: "deep", Usage: "read every config and layer, and verify its digest"},
		},
		Run: func(c program.Call) error {
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			at, signed, err := c.CheckSignature(at, "")
			if err != nil {
				return err
			}
			v, err := verify.Package(c.Ctx, c.Session, at, verify.Options{Deep: c.Flags.Bool("deep")})
			if err != nil {
				return err
			}
			v.Signature = signed
			if err := show.Verification(t, v, c.Output); err != nil {
				return err
			}
			if !v.OK {
				return &verify.IncompleteError{Reference: v.Reference, Problems: v.Problems}
			}
			state := "present"
			if v.Deep {
				state = "intact"
			}
			t.Note("%s is complete: %d manifests intact, %d blobs %s", v.Reference, v.Manifests, v.Blobs, state)
			return nil
		},
	})
}
