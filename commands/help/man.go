package help

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/terminal"
)

// ManPage is the manual page of a command, or of the program where it is nil, in the
// language of troff's man macros.
func ManPage(app *cli.App, c *cli.Command) string {
	var b strings.Builder
	title, name, usage := "OCOMPOSE", app.Name, app.Usage
	if c != nil {
		title, name, usage = "OCOMPOSE-"+strings.ToUpper(c.Name), app.Name+"-"+c.Name, c.Usage
	}
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"ocompose %s\" \"ocompose manual\"\n", title, terminal.BuildInfo().Version)
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n", roff(name), roff(usage))
	if c == nil {
		fmt.Fprintf(&b, ".B %s\n.I COMMAND\n[flags] [arguments]\n.SH COMMANDS\n", app.Name)
		for _, each := range app.Commands {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(each.Name), roff(each.Usage))
		}
		manEnd(&b, "")
		return b.String()
	}
	fmt.Fprintf(&b, ".B %s %s\n[flags] %s\n", app.Name, roff(c.Name), roff(c.ArgsUsage))
	if c.Description != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(c.Description))
	}
	own, network := splitFlags(c.Flags)
	manFlags(&b, "FLAGS", own)
	manFlags(&b, "FLAGS FOR REGISTRIES", network)
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(strings.Join(examplesOf(c), "\n")))
	manEnd(&b, ".BR ocompose (1),\n")
	return b.String()
}

func manFlags(w io.Writer, title string, flags []cli.Flag) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprintf(w, ".SH %s\n", title)
	for _, f := range flags {
		if documented, ok := f.(cli.DocGenerationFlag); ok {
			names, usage := DescribeFlag(f.Names(), documented)
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(names)), roff(usage))
		}
	}
}

// manEnd writes what ends all pages.
func manEnd(w io.Writer, others string) {
	fmt.Fprint(w, ".SH EXIT STATUS\n")
	for _, s := range failure.ExitStatuses() {
		fmt.Fprintf(w, ".TP\n.B %d\n%s\n", s.Status, roff(s.Meaning))
	}
	fmt.Fprintf(w, ".SH SEE ALSO\n%s.BR docker (1),\nhttps://github.com/ocompose/ocompose\n", others)
}

// roff escapes text for troff, line by line.
func roff(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
