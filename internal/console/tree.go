package console

import "strings"

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

// Tree returns the lines of a tree for a terminal of a width, where 0 has room for all. The
// text of each is shortened to fit, digests first.
func Tree(root Node, width int, style Style) []string {
	lines := []string{fitLine(root.Text, width)}
	return append(lines, branches(root.Children, "", width, style)...)
}

func branches(nodes []Node, stem string, width int, style Style) []string {
	var lines []string
	for i, n := range nodes {
		fork, below := "├── ", "│   "
		if i == len(nodes)-1 {
			fork, below = "└── ", "    "
		}
		room := 0
		if width > 0 {
			room = max(width-len([]rune(stem+fork)), 1)
		}
		lines = append(lines, style.Faint(stem+fork)+fitLine(n.Text, room))
		lines = append(lines, branches(n.Children, stem+below, width, style)...)
	}
	return lines
}

// fitLine shortens a line to a width.
func fitLine(text string, width int) string {
	if width <= 0 {
		return text
	}
	for _, short := range []func(string) string{shortDigests, shortTypes} {
		if shorten(text, width) != text {
			text = short(text)
		}
	}
	if shorten(text, width) == text {
		return text
	}
	return strings.TrimRight(cutEnd(text, width), " ")
}
