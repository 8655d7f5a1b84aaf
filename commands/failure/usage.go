package failure

import (
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// usageHint is the hint for an invalid command line.
func usageHint(t *terminal.Terminal, err error) string {
	var usage *usage.Error
	switch {
	case !errors.As(err, &usage) || usage.Complete:
		return ""
	case usage.Command == "":
		return t.Program() + " --help lists the commands"
	default:
		return fmt.Sprintf("%s %s --help shows its usage", t.Program(), usage.Command)
	}
}
