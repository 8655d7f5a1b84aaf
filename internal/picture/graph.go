package picture

// A Kind is the kind of a node.
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

// A Node is a tag, a manifest or a blob.
type Node struct {
	// ID is unique in its graph: a digest, or a tag.
	ID   string
	Kind Kind
	// Title is the name for display, and Lines are details, including the digest.
	Title string
	Lines []string
}

// An Edge connects one node to another.
type Edge struct {
	From, To string
	// Label is the relation of From to To; empty if From contains To.
	Label string
}

// A Graph has nodes and the edges between them, both in drawing order.
type Graph struct {
	// Title is the title of the picture.
	Title string
	Nodes []Node
	Edges []Edge
}

// Add adds a node, unless its ID exists, and an edge to it from another node, unless from
// is empty.
func (g *Graph) Add(from string, n Node, label string) {
	if _, ok := g.find(n.ID); !ok {
		g.Nodes = append(g.Nodes, n)
	}
	if from != "" {
		g.Link(from, n.ID, label)
	}
}

// Link adds an edge, unless it exists.
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

// names returns a short alphanumeric name for every node.
func (g *Graph) names() map[string]string {
	names := make(map[string]string, len(g.Nodes))
	for i, n := range g.Nodes {
		names[n.ID] = "n" + itoa(i)
	}
	return names
}
