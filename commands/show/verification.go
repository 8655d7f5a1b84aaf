package show

import (
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/report"
)

// Verification prints what verifying found: nothing where all is well.
func Verification(t *terminal.Terminal, v *report.Verification, format string) error {
	if format == "json" {
		return t.PrintJSON(v)
	}
	if v.OK {
		return nil
	}
	return t.Table(func(row terminal.PrintRow) {
		row("KIND\tREASON\tREFERENCE\tNEEDED BY")
		for _, p := range v.Problems {
			row("%s\t%s\t%s\t%s", p.Kind, p.Reason, p.Reference, p.NeededBy)
		}
	})
}
