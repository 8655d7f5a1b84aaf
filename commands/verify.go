package commands

import (
	"strings"

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
		document: report.Verification{},
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
				return incomplete(v)
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

// An incompleteError is that of verify, with what helps.
type incompleteError struct {
	error
	hint string
}

func (e *incompleteError) Unwrap() error { return e.error }

// incomplete is the error of a package with problems: what is missing is sent again, and
// what points elsewhere is pointed at what is there.
func incomplete(v *report.Verification) error {
	e := &incompleteError{error: &action.IncompleteError{Reference: v.Reference, Problems: len(v.Problems)}}
	repository, _, _ := strings.Cut(v.Reference, "@")
	for _, p := range v.Problems {
		switch {
		case p.Kind != "pin" && strings.HasPrefix(p.Reference, repository+"@"):
			e.hint = "push or copy it again with --repair: what is there is not sent again"
			return e
		case p.Kind != "pin":
			e.hint = "push it again, with the images as they are now; with --bundle they are kept with it"
		case strings.HasPrefix(p.Reason, "outside"):
			e.hint = "copy it onto itself with ocompose copy, which points its Compose file at its own repository"
		case e.hint == "":
			e.hint = "push it again: every image is pinned then"
		}
	}
	return e
}
