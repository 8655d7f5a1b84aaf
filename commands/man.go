package commands

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

func newMan(t *terminal) *cli.Command {
	return t.build(command{
		name:  "man",
		usage: "write the manual pages",
		args:  "DIR",
		description: "Writes one page for the program and one for each command into DIR, which is created if\n" +
			"it is missing, and prints their paths. man finds them in the man1 folder of a MANPATH.",
		examples: []string{"ocompose man share/man/man1"},
		local:    true,
		run: func(c call) error {
			dir := c.args[0]
			if err := t.checkFolder("DIR", dir, true); err != nil {
				return err
			}
			if err := os.MkdirAll(t.path(dir), 0o755); err != nil {
				return err
			}
			app := newApp(&terminal{})
			pages := map[string]string{"ocompose.1": manPage(app, nil)}
			for _, command := range app.Commands {
				pages["ocompose-"+command.Name+".1"] = manPage(app, command)
			}
			for _, name := range sortedKeys(pages) {
				if err := os.WriteFile(filepath.Join(t.path(dir), name), []byte(pages[name]), 0o644); err != nil {
					return err
				}
				if err := t.print(filepath.Join(dir, name)); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// manPage is the manual page of a command, or of the program where it is nil, in the
// language of troff's man macros.
func manPage(app *cli.App, c *cli.Command) string {
	var b strings.Builder
	title, name, usage := "OCOMPOSE", app.Name, app.Usage
	if c != nil {
		title, name, usage = "OCOMPOSE-"+strings.ToUpper(c.Name), app.Name+"-"+c.Name, c.Usage
	}
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"ocompose %s\" \"ocompose manual\"\n", title, buildInfo().Version)
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
			names, usage := describeFlag(f.Names(), documented)
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(names)), roff(usage))
		}
	}
}

// manEnd writes what ends all pages.
func manEnd(w io.Writer, others string) {
	fmt.Fprint(w, ".SH EXIT STATUS\n")
	for _, s := range exitStatuses() {
		fmt.Fprintf(w, ".TP\n.B %d\n%s\n", s.status, roff(s.meaning))
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
