package picture

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"
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

// fit shortens a text to the width of a box: a reference by its first parts, because its last one
// is the name that people know, and anything else in the middle.
func fit(s string) string {
	letters := []rune(s)
	if len(letters) <= lineLetters {
		return s
	}
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "/")
		if !found {
			break
		}
		if rest = after; utf8.RuneCountInString(rest) <= lineLetters-2 {
			return "…/" + rest
		}
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
