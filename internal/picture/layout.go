package picture

// Dimensions of the page, in pixels.
const (
	boxWidth   = 236
	lineHeight = 16
	boxPadding = 9
	gapX       = 48
	gapY       = 14
	margin     = 24
)

// A box is a node with its position.
type box struct {
	Node
	X, Y, Width, Height int
}

// A line is an edge with its end points.
type line struct {
	X1, Y1, X2, Y2 int
	Label          string
}

// Bend is the length of the straight part of the line at its beginning, to the right.
func (l line) Bend() int {
	if l.X2 <= l.X1 {
		return -gapX / 2
	}
	return gapX / 2
}

// Back is the length of the straight part at its end. Between boxes in one column, the line bends
// to the same side.
func (l line) Back() int {
	if l.X2 == l.X1 {
		return l.Bend()
	}
	return -l.Bend()
}

// A drawing is a graph with positions.
type drawing struct {
	Title         string
	Width, Height int
	Boxes         []box
	Lines         []line
}

// draw places the nodes in columns by their distance from the start of the graph, and within a
// column in the order of the walk.
func draw(g *Graph) drawing {
	columns := columnsOf(g)
	d := drawing{Title: g.Title}
	heights := map[int]int{}
	place := map[string]box{}
	for _, id := range reached(g) {
		i, _ := g.find(id)
		n := g.Nodes[i]
		column := columns[id]
		b := box{Node: n, X: margin + column*(boxWidth+gapX), Width: boxWidth, Height: 2*boxPadding + lineHeight*(len(n.Lines)+2)}
		b.Y = margin + heights[column]
		heights[column] += b.Height + gapY
		place[id] = b
		d.Boxes = append(d.Boxes, b)
		d.Width, d.Height = max(d.Width, b.X+b.Width+margin), max(d.Height, b.Y+b.Height+margin)
	}
	for _, e := range g.Edges {
		from, to := place[e.From], place[e.To]
		l := line{X1: from.X + from.Width, Y1: from.Y + from.Height/2, X2: to.X, Y2: to.Y + to.Height/2, Label: e.Label}
		if to.X <= from.X {
			l.X1, l.X2 = from.X, to.X+to.Width
			if to.X == from.X {
				l.X2 = to.X
			}
		}
		d.Lines = append(d.Lines, l)
	}
	return d
}

// columnsOf returns the length of the longest path to each node. Labeled edges don't count
// if a node has other incoming edges, and back edges never count.
func columnsOf(g *Graph) map[string]int {
	held := map[string]bool{}
	for _, e := range g.Edges {
		held[e.To] = held[e.To] || e.Label == "" && e.From != e.To
	}
	columns := map[string]int{}
	for range g.Nodes { // no path is longer
		changed := false
		for _, e := range g.Edges {
			if e.Label != "" && held[e.To] {
				continue
			}
			if next := columns[e.From] + 1; next > columns[e.To] && next < len(g.Nodes) && e.From != e.To {
				columns[e.To], changed = next, true
			}
		}
		if !changed {
			break
		}
	}
	return columns
}

// reached returns the nodes in the order of a walk along the edges, so that related nodes
// are adjacent.
func reached(g *Graph) []string {
	var order []string
	seen := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		order = append(order, id)
		for _, e := range g.Edges {
			if e.From == id {
				walk(e.To)
			}
		}
	}
	for _, n := range g.Nodes {
		walk(n.ID)
	}
	return order
}
