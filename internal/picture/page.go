package picture

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var page string

// WritePage writes the graph as a page of HTML that needs nothing else: no scripts, styles,
// fonts or images from elsewhere.
func WritePage(w io.Writer, g *Graph) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"add":   func(a, b int) int { return a + b },
		"line":  func(y, i int) int { return y + boxPadding + lineHeight*(i+1) - 4 },
		"fit":   fit,
		"class": classOf,
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, draw(g))
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
