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

// WritePage writes the graph as a page of HTML that needs nothing else: no scripts, styles,
// fonts or images from elsewhere.
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

// lineLetters is how many letters a line of a box has room for.
const lineLetters = 29

// fit cuts a text in its middle to the width of a box: the end of a reference says as much as
// its beginning.
func fit(s string) string {
	letters := []rune(s)
	if len(letters) <= lineLetters {
		return s
	}
	half := (lineLetters - 1) / 2
	return string(letters[:half]) + "…" + string(letters[len(letters)-half:])
}

// classOf is the name of a kind in the page's styles.
func classOf(k Kind) string {
	if k == ImageIndex {
		return "image"
	}
	return string(k)
}
