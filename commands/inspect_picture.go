package commands

import (
	"bytes"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/picture"
)

// pictureFlags draw what inspect shows.
func pictureFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "html", Usage: "draw it as a page for a browser, in `FILE`"},
		&cli.BoolFlag{Name: "mermaid", Usage: "draw it as a flowchart of Mermaid"},
		&cli.BoolFlag{Name: "dot", Usage: "draw it as a graph of Graphviz"},
	}
}

// draw draws a package, if a flag asks for it.
func (t *terminal) draw(c call, at action.Location) (bool, error) {
	page, mermaid, dot := c.flags.String("html"), c.flags.Bool("mermaid"), c.flags.Bool("dot")
	if page == "" && !mermaid && !dot {
		return false, nil
	}
	graph, err := c.session.Picture(c.ctx, at)
	if err != nil {
		return true, err
	}
	switch {
	case mermaid:
		return true, t.print(strings.TrimSuffix(picture.Mermaid(graph), "\n"))
	case dot:
		return true, t.print(strings.TrimSuffix(picture.DOT(graph), "\n"))
	}
	var b bytes.Buffer
	if err := picture.WritePage(&b, graph); err != nil {
		return true, err
	}
	if err := os.WriteFile(t.path(page), b.Bytes(), 0o644); err != nil {
		return true, err
	}
	return true, t.print(page)
}
