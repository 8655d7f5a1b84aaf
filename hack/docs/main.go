// Command docs writes the command reference from the help texts, the JSON schemas from the
// documents that commands print, and the diagrams of the concepts.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/ocompose/ocompose/commands"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: docs FILE SCHEMAS PICTURES")
		os.Exit(2)
	}
	text, err := reference(context.Background())
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(text), 0o644)
	}
	if err == nil {
		err = writeSchemas(os.Args[2])
	}
	if err == nil {
		err = writeDiagrams(os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

// reference returns the help of the program and of all its commands as Markdown.
func reference(ctx context.Context) (string, error) {
	var b strings.Builder
	b.WriteString("# Commands\n\nThis page is generated from the help texts: `make generate` updates it.\n" +
		"What holds for all commands is in [cli.md](cli.md).\n")
	for _, name := range append([]string{""}, commands.Names()...) {
		args := []string{"--help"}
		title := "ocompose"
		if name != "" {
			args = []string{name, "--help"}
			title += " " + name
		}
		var out, complaints bytes.Buffer
		status := commands.Main(ctx, args, commands.Process{Stdin: new(bytes.Reader), Stdout: &out, Stderr: &complaints})
		if status != 0 {
			return "", fmt.Errorf("%s --help: exit status %d: %s", title, status, complaints.String())
		}
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s```\n", title, out.String())
	}
	return b.String(), nil
}
