package commands

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

// Templates of the help texts, which docs/commands.md is generated from as well.
const (
	appHelp = `{{.Name}} - {{.Usage}}

Usage:
   {{.UsageText}}

Commands:{{range .VisibleCommands}}
   {{printf "%-12s" .Name}}{{.Usage}}{{end}}

ocompose COMMAND --help tells more. The result goes to stdout, all else to stderr;
exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 incomplete,
5 not authorized, 6 not signed, 130 interrupted.
`
	commandHelp = `{{.HelpName}} - {{.Usage}}

Usage:
   {{.HelpName}} [flags]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Description}}
{{.Description}}
{{end}}
Flags:
`
)

// helpOf is the help template of a command: the library's way to print flags
// repeats the names of those that can be given more than once.
func helpOf(flags []cli.Flag) string {
	var b strings.Builder
	b.WriteString(commandHelp)
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, f := range flags {
		if documented, ok := f.(cli.DocGenerationFlag); ok {
			printFlag(w, f.Names(), documented)
		}
	}
	fmt.Fprintf(w, "   -h, --help\tshow this help\n")
	_ = w.Flush() // a strings.Builder takes all
	return b.String()
}

// printFlag prints one line: the names, the short one first, the value's name,
// and what the flag does. Its value's name stands in backquotes in its usage.
func printFlag(w io.Writer, names []string, f cli.DocGenerationFlag) {
	short := "    "
	if len(names) > 1 {
		short = "-" + names[1] + ", "
	}
	usage := f.GetUsage()
	value := ""
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		placeholder, after, _ := strings.Cut(rest, "`")
		value, usage = " "+placeholder, before+placeholder+after
	}
	if text := f.GetValue(); f.TakesValue() && text != "" && text != "[]" {
		usage += " (default " + text + ")"
	}
	fmt.Fprintf(w, "   %s--%s%s\t%s\n", short, names[0], value, usage)
}
