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

// draw places the nodes in columns, by their distance from the start of the graph. A node is as high
// as the first of the nodes that it leads to, and the next node begins below all of them, so that
// lines are short. Compositions come before images.
func draw(g *Graph) drawing {
	columns, below := columnsOf(g), g.below()
	d := drawing{Title: g.Title}
	free := map[int]int{} // where the next box of a column can be
	place := map[string]box{}
	var set func(n Node, top int) int
	set = func(n Node, top int) (end int) {
		column := columns[n.ID]
		b := box{Node: n, X: margin + column*(boxWidth+gapX), Width: boxWidth, Height: 2*boxPadding + lineHeight*(len(n.Lines)+2)}
		b.Y = max(top, free[column])
		end = b.Y + b.Height + gapY
		free[column] = end
		place[n.ID] = b
		d.Boxes = append(d.Boxes, b)
		d.Width, d.Height = max(d.Width, b.X+b.Width+margin), max(d.Height, b.Y+b.Height+margin)
		next := b.Y
		for _, to := range below[n.ID] {
			if _, again := place[to.ID]; !again {
				next = set(to, next)
			}
		}
		return max(end, next)
	}
	for _, n := range g.Nodes {
		if _, again := place[n.ID]; !again {
			set(n, margin)
		}
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
	held := g.held()
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

// held returns the nodes that others contain.
func (g *Graph) held() map[string]bool {
	held := map[string]bool{}
	for _, e := range g.Edges {
		held[e.To] = held[e.To] || e.Label == "" && e.From != e.To
	}
	return held
}

// below returns, for each node, the nodes that are drawn next to it: those that it contains, and
// those that it refers to unless others contain them. Compositions come first.
func (g *Graph) below() map[string][]Node {
	held := g.held()
	first, rest := map[string][]Node{}, map[string][]Node{}
	for _, e := range g.Edges {
		if e.Label != "" && held[e.To] {
			continue
		}
		some := rest
		i, _ := g.find(e.To)
		if g.Nodes[i].Kind == Composition {
			some = first
		}
		some[e.From] = append(some[e.From], g.Nodes[i])
	}
	for id, nodes := range rest {
		first[id] = append(first[id], nodes...)
	}
	return first
}
