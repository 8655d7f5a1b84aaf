// Package help writes the help texts and the man pages.
package help

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/internal/console"
)

// Text is the help of a command, or of the program where the name is empty. The reference
// in docs/commands.md and the man pages have it as well.
//
// In a terminal of a width, what flags do is broken into lines that fit.
func Text(app *cli.App, name string, width int) string {
	var b strings.Builder
	if name == "" {
		writeAppHelp(&b, app)
	} else {
		writeCommandHelp(&b, app.Name, app.Command(name), width)
	}
	return b.String()
}

func writeAppHelp(w io.Writer, app *cli.App) {
	fmt.Fprintf(w, "%s - %s\n\nUsage:\n   %s COMMAND [flags] [arguments]\n", app.Name, app.Usage, app.Name)
	group := ""
	for _, c := range app.Commands {
		if c.Hidden {
			continue
		}
		if c.Category != group {
			group = c.Category
			fmt.Fprintf(w, "\n%s:\n", group)
		}
		fmt.Fprintf(w, "   %-12s%s\n", c.Name, c.Usage)
	}
	fmt.Fprintf(w, `
%s COMMAND --help tells more. The result goes to stdout, all else to stderr;
exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 incomplete,
5 not authorized, 6 not signed, 130 interrupted.
`, app.Name)
}

func writeCommandHelp(w io.Writer, program string, c *cli.Command, width int) {
	fmt.Fprintf(w, "%s %s - %s\n\nUsage:\n   %s %s [flags]", program, c.Name, c.Usage, program, c.Name)
	if c.ArgsUsage != "" {
		fmt.Fprintf(w, " %s", c.ArgsUsage)
	}
	fmt.Fprintln(w)
	if c.Description != "" {
		fmt.Fprintf(w, "\n%s\n", fitText(c.Description, width))
	}
	fmt.Fprintf(w, "\nExamples:\n   %s\n", strings.Join(examplesOf(c), "\n   "))
	own, network := splitFlags(c.Flags)
	fmt.Fprintf(w, "\nFlags:\n")
	writeFlags(w, append(own, &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show this help"}), width)
	if len(network) > 0 {
		fmt.Fprintf(w, "\nFlags for registries:\n")
		writeFlags(w, network, width)
	}
}

// examplesOf are the examples of a command.
func examplesOf(c *cli.Command) []string {
	return strings.Split(c.UsageText, "\n")
}

// splitFlags divides the flags of a command into its own and those that say how registries
// are talked to, which most commands have.
func splitFlags(flags []cli.Flag) (own, network []cli.Flag) {
	var names []string
	for _, f := range program.NetworkFlags() {
		names = append(names, f.Names()[0])
	}
	for _, f := range flags {
		if slices.Contains(names, f.Names()[0]) {
			network = append(network, f)
		} else {
			own = append(own, f)
		}
	}
	return own, network
}

// fitText is a text whose lines fit a width: as it is, where they do.
func fitText(text string, width int) string {
	for line := range strings.Lines(text) {
		if width > 0 && len(line) > width {
			return strings.Join(console.Wrap(text, width), "\n")
		}
	}
	return text
}

// minUsage is how many characters are left for what flags do, however wide their names are.
const minUsage = 30

func writeFlags(w io.Writer, flags []cli.Flag, width int) {
	var names, usages []string
	column := 0
	for _, f := range flags {
		if documented, ok := f.(cli.DocGenerationFlag); ok {
			name, usage := DescribeFlag(f.Names(), documented)
			names, usages = append(names, name), append(usages, usage)
			column = max(column, len(name))
		}
	}
	room := 0
	if width > 0 {
		room = max(width-column-5, minUsage)
	}
	for i, name := range names {
		for j, line := range console.Wrap(usages[i], room) {
			if j > 0 {
				name = ""
			}
			fmt.Fprintf(w, "   %-*s  %s\n", column, name, line)
		}
	}
}

// DescribeFlag returns the names of a flag, the short one first, with that of its value, and
// what the flag does. Its value's name stands in backquotes in its usage.
func DescribeFlag(names []string, f cli.DocGenerationFlag) (spelled, usage string) {
	spelled = "    --" + names[0]
	if len(names) > 1 {
		spelled = "-" + names[1] + ", --" + names[0]
	}
	usage = f.GetUsage()
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		placeholder, after, _ := strings.Cut(rest, "`")
		spelled, usage = spelled+" "+placeholder, before+placeholder+after
	}
	if text := f.GetValue(); f.TakesValue() && text != "" && text != "[]" {
		usage += " (default " + strings.Replace(text, "m0s", "m", 1) + ")"
	}
	return spelled, usage
}
