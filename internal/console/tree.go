package console

import (
	"slices"
	"strings"
)

// A Node is a line of a tree, with those below it.
type Node struct {
	Text     string
	Children []Node
}

// Add adds a line below and returns it, to add more below that one. It is good until the next
// line is added beside it.
func (n *Node) Add(text string) *Node {
	n.Children = append(n.Children, Node{Text: text})
	return &n.Children[len(n.Children)-1]
}

// Tree returns the lines of a tree for a terminal of a width, where 0 has room for all. Where
// one has no room, all are shortened in the same way, digests first.
func Tree(root Node, width int, style Style) []string {
	lines := flatten(root.Children, "", []treeLine{{text: root.Text}})
	for _, short := range []func(string) string{shortDigests, shortTypes} {
		if !slices.ContainsFunc(lines, func(l treeLine) bool { return l.overflows(width) }) {
			break
		}
		for i := range lines {
			lines[i].text = short(lines[i].text)
		}
	}
	var out []string
	for _, l := range lines {
		if l.overflows(width) {
			l.text = strings.TrimRight(cutEnd(l.text, max(width-TextWidth(l.stem), 1)), " ")
		}
		if l.stem != "" {
			l.stem = style.Faint(l.stem)
		}
		out = append(out, l.stem+l.text)
	}
	return out
}

// A treeLine is a line of a tree, after what leads to it.
type treeLine struct{ stem, text string }

// overflows tells whether a line is wider than the terminal.
func (l treeLine) overflows(width int) bool {
	return width > 0 && TextWidth(l.stem)+TextWidth(l.text) > width
}

// flatten appends the lines of nodes and of what is below them.
func flatten(nodes []Node, stem string, lines []treeLine) []treeLine {
	for i, n := range nodes {
		fork, below := "├── ", "│   "
		if i == len(nodes)-1 {
			fork, below = "└── ", "    "
		}
		lines = append(lines, treeLine{stem + fork, n.Text})
		lines = flatten(n.Children, stem+below, lines)
	}
	return lines
}
