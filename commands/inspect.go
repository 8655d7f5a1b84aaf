package commands

import (
	"bytes"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/picture"
	"github.com/ocompose/ocompose/internal/report"
)

func newInspect(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "inspect",
		Usage: "show the contents and images of a composition",
		Args:  "REF",
		Description: "Shows the compositions with their files and images, the bundled images, the subject, and\n" +
			"the files and variables that the application needs on its host. -o tree prints a tree;\n" +
			"--html, --mermaid and --dot draw the composition with manifests, layers and referrers.",
		Examples: []string{"ocompose inspect registry.example.com/shop:1.0"},
		Outputs:  []string{"tree", "json"},
		Document: report.Inspection{},
		Flags:    pictureFlags(),
		Apart:    [][2]string{{"html", "mermaid"}, {"html", "dot"}, {"mermaid", "dot"}, {"html", "output"}, {"mermaid", "output"}, {"dot", "output"}},
		Run: func(c program.Call) error {
			at, err := c.Location(c.Args[0])
			if err != nil {
				return err
			}
			if drawn, err := draw(t, c, at); drawn || err != nil {
				return err
			}
			found, err := inspect.Package(c.Ctx, c.Session, at)
			if err != nil {
				return err
			}
			switch c.Output {
			case "json":
				return t.PrintJSON(found)
			case "tree":
				return t.PrintText(console.Tree(show.InspectionTree(found), t.Width(), t.Style())...)
			default:
				return show.Inspection(t, found)
			}
		},
	})
}

// pictureFlags are the flags that draw a package.
func pictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "html", Usage: "draw it as an HTML page in `FILE`"},
		&cli.BoolFlag{Name: "mermaid", Usage: "draw it as a Mermaid flowchart"},
		&cli.BoolFlag{Name: "dot", Usage: "draw it as a Graphviz graph"},
	}
}

// draw draws a package if a flag requests it.
func draw(t *terminal.Terminal, c program.Call, at session.Location) (bool, error) {
	page, mermaid, dot := c.Flags.String("html"), c.Flags.Bool("mermaid"), c.Flags.Bool("dot")
	if page == "" && !mermaid && !dot {
		return false, nil
	}
	graph, err := inspect.Picture(c.Ctx, c.Session, at)
	if err != nil {
		return true, err
	}
	switch {
	case mermaid:
		return true, t.PrintText(strings.TrimSuffix(picture.Mermaid(graph), "\n"))
	case dot:
		return true, t.PrintText(strings.TrimSuffix(picture.DOT(graph), "\n"))
	}
	var b bytes.Buffer
	if err := picture.WritePage(&b, graph); err != nil {
		return true, err
	}
	if err := os.WriteFile(t.Path(page), b.Bytes(), 0o644); err != nil {
		return true, err
	}
	return true, t.Print(page)
}
