package failure

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// usageHint is the hint for an invalid command line.
func usageHint(_ context.Context, t *terminal.Terminal, err error) string {
	var usage *usage.Error
	switch {
	case !errors.As(err, &usage) || usage.Complete:
		return ""
	case usage.Command == "":
		return t.Program() + " --help lists the commands"
	case usage.Command == "up" && strings.Contains(usage.Error(), " has no flag "):
		return fmt.Sprintf("flags of docker compose up go after --: %s up REF -- --no-color", t.Program())
	default:
		return fmt.Sprintf("%s %s --help shows its usage", t.Program(), usage.Command)
	}
}
