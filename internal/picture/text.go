package picture

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/internal/printable"
)

func itoa(i int) string { return strconv.Itoa(i) }

// Mermaid returns the graph as a flowchart of Mermaid (https://mermaid.js.org).
func Mermaid(g *Graph) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	names := g.names()
	for _, n := range g.Nodes {
		open, end := "[", "]"
		switch n.Kind {
		case Tag:
			open, end = "([", "])"
		case File, Layers:
			open, end = "[/", "/]"
		}
		lines := append([]string{string(n.Kind) + ": " + n.Title}, n.Lines...)
		for i, line := range lines {
			lines[i] = mermaidText(line)
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", names[n.ID], open, strings.Join(lines, "<br/>"), end)
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.Label != "" {
			arrow = "-. " + mermaidText(e.Label) + " .->"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", names[e.From], arrow, names[e.To])
	}
	return b.String()
}

// mermaidText escapes special characters of Mermaid as character codes.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range printable.Line(s) {
		switch {
		case strings.ContainsRune("\"#<>&;`{}[]()|\\", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// DOT returns the graph in the language of Graphviz (https://graphviz.org/doc/info/lang.html).
func DOT(g *Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph {\n  label=%s\n  rankdir=LR\n  node [shape=box, fontname=\"sans-serif\"]\n", dotText(g.Title))
	names := g.names()
	for _, n := range g.Nodes {
		lines := append([]string{string(n.Kind) + ": " + n.Title}, n.Lines...)
		style := ""
		switch n.Kind {
		case Tag:
			style = ", shape=cds"
		case File, Layers:
			style = ", shape=note"
		}
		fmt.Fprintf(&b, "  %s [label=%s%s]\n", names[n.ID], dotText(strings.Join(lines, "\n")), style)
	}
	for _, e := range g.Edges {
		label := ""
		if e.Label != "" {
			label = fmt.Sprintf(" [label=%s, style=dashed]", dotText(e.Label))
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", names[e.From], names[e.To], label)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText returns a quoted DOT string.
func dotText(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable.Line(line))
	}
	s = strings.Join(lines, `\n`)
	return `"` + s + `"`
}
