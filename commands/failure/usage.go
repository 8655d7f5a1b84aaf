package failure

import (
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// usageHint is what a user may try who wrote a command line that makes no sense.
func usageHint(t *terminal.Terminal, err error) string {
	var usage *usage.Error
	switch {
	case !errors.As(err, &usage) || usage.Complete:
		return ""
	case usage.Command == "":
		return t.Program() + " --help lists the commands"
	default:
		return fmt.Sprintf("%s %s --help shows what it takes", t.Program(), usage.Command)
	}
}
