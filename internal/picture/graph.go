package picture

// A Kind is what a node is.
type Kind string

// The kinds of nodes.
const (
	Tag         Kind = "tag"
	Index       Kind = "index"
	Composition Kind = "composition"
	ImageIndex  Kind = "image index"
	Manifest    Kind = "manifest"
	Layers      Kind = "layers"
	File        Kind = "file"
	Subject     Kind = "subject"
	Referrer    Kind = "referrer"
)

// A Node is something in a registry.
type Node struct {
	// ID is the node's own in its graph: a digest, or a tag.
	ID   string
	Kind Kind
	// Title is what people call it, and Lines say more, the digest among them.
	Title string
	Lines []string
}

// An Edge leads from one node to another.
type Edge struct {
	From, To string
	// Label says what From does to To, where it is not that it lists or holds it.
	Label string
}

// A Graph is nodes and the edges between them, both in the order in which they are drawn.
type Graph struct {
	// Title is what the picture is of.
	Title string
	Nodes []Node
	Edges []Edge
}

// Add adds a node, unless one with its ID is there, and an edge to it from another one, if
// that is named.
func (g *Graph) Add(from string, n Node, label string) {
	if _, ok := g.find(n.ID); !ok {
		g.Nodes = append(g.Nodes, n)
	}
	if from != "" {
		g.Link(from, n.ID, label)
	}
}

// Link adds an edge, unless it is there.
func (g *Graph) Link(from, to, label string) {
	e := Edge{from, to, label}
	for _, other := range g.Edges {
		if other == e {
			return
		}
	}
	g.Edges = append(g.Edges, e)
}

func (g *Graph) find(id string) (int, bool) {
	for i, n := range g.Nodes {
		if n.ID == id {
			return i, true
		}
	}
	return 0, false
}

// names gives every node a short name of letters and digits.
func (g *Graph) names() map[string]string {
	names := make(map[string]string, len(g.Nodes))
	for i, n := range g.Nodes {
		names[n.ID] = "n" + itoa(i)
	}
	return names
}
