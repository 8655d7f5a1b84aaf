package commands

import (
	"bytes"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/picture"
	"github.com/ocompose/ocompose/internal/report"
)

func newInspect(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "inspect",
		Usage: "show what a composition is and what it runs",
		Args:  "REF",
		Description: "Shows the compositions with their files and images, the bundled images, the subject and\n" +
			"the variables that are expected where the application is deployed. -o tree shows it as a\n" +
			"tree; --html, --mermaid and --dot draw it with the manifests, layers and referrers.",
		Examples: []string{"ocompose inspect registry.example.com/shop:1.0"},
		Formats:  []string{"tree", "json"},
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
			found, err := c.Session.Inspect(c.Ctx, at)
			if err != nil {
				return err
			}
			switch c.Format {
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

// pictureFlags draw what inspect shows.
func pictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "html", Usage: "draw it as a page for a browser, in `FILE`"},
		&cli.BoolFlag{Name: "mermaid", Usage: "draw it as a flowchart of Mermaid"},
		&cli.BoolFlag{Name: "dot", Usage: "draw it as a graph of Graphviz"},
	}
}

// draw draws a package, if a flag asks for it.
func draw(t *terminal.Terminal, c program.Call, at action.Location) (bool, error) {
	page, mermaid, dot := c.Flags.String("html"), c.Flags.Bool("mermaid"), c.Flags.Bool("dot")
	if page == "" && !mermaid && !dot {
		return false, nil
	}
	graph, err := c.Session.Picture(c.Ctx, at)
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
