package picture

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var page string

//go:embed drawing.html
var parts string

// WritePage writes the graph as a self-contained HTML page: without external scripts,
// styles, fonts or images.
func WritePage(w io.Writer, g *Graph) error { return write(w, page, "page", g) }

// WriteSVG writes the graph as an SVG file, for documents. It heeds the reader's choice of
// light or dark.
func WriteSVG(w io.Writer, g *Graph) error { return write(w, "", "svg", g) }

// write executes one of the templates.
func write(w io.Writer, page, name string, g *Graph) error {
	t := template.New("page").Funcs(template.FuncMap{
		"add":   func(a, b int) int { return a + b },
		"line":  func(y, i int) int { return y + boxPadding + lineHeight*(i+1) - 4 },
		"fit":   fit,
		"class": classOf,
	})
	for _, text := range []string{parts, page} {
		if _, err := t.Parse(text); err != nil {
			return err
		}
	}
	return t.ExecuteTemplate(w, name, draw(g))
}

// lineLetters is the number of characters that fit in a line of a box.
const lineLetters = 29

// fit shortens a text in the middle to the width of a box, because the end of a reference
// is as important as its beginning.
func fit(s string) string {
	letters := []rune(s)
	if len(letters) <= lineLetters {
		return s
	}
	half := (lineLetters - 1) / 2
	return string(letters[:half]) + "…" + string(letters[len(letters)-half:])
}

// classOf returns the CSS class of a kind.
func classOf(k Kind) string {
	if k == ImageIndex {
		return "image"
	}
	return string(k)
}
