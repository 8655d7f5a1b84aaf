package loading

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// traced loads a file and traces all scalars that have an image key.
func traced(t *testing.T, content string) (*Model, []*yaml.Node) {
	t.Helper()
	documents, err := yamlnode.Parse(t.Context(), []byte(content))
	require.NoError(t, err)
	file := File{Path: "/app/compose.yaml", Content: []byte(content), Documents: documents}
	lines := yamledit.NewLines(file.Content)
	var nodes []*yaml.Node
	var walk func(node *yaml.Node, flow bool)
	walk = func(node *yaml.Node, flow bool) {
		flow = flow || node.Style&yaml.FlowStyle != 0
		for i, child := range node.Content {
			if node.Kind == yaml.MappingNode && i%2 == 1 && node.Content[i-1].Value == "image" && yamlnode.IsScalar(child) {
				at, ok := lines.Offset(child.Line, child.Column)
				require.True(t, ok)
				span, ok := yamledit.Find(file.Content, at, child, flow)
				require.True(t, ok)
				file.Trace = append(file.Trace, Scalar{Node: child, Key: "image", Span: span})
				nodes = append(nodes, child)
			}
			walk(child, flow)
		}
	}
	for _, document := range documents {
		walk(document, false)
	}
	in := Input{Dir: "/app", Name: "app", Env: map[string]string{"X": "x"}, Files: []File{file}, Marks: testMarks(t)}
	m, err := Load(t.Context(), in, Options{Trace: true})
	require.NoError(t, err)
	return m, nodes
}

func TestUses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		// want are the places of each image in the order of the file. A place where it is only a
		// part is in brackets.
		want [][]string
	}{
		"plain":         {"services: {a: {image: x}, b: {image: x}}", [][]string{{"services.a.image"}, {"services.b.image"}}},
		"short values":  {"services: {a: {image: x, hostname: x}}", [][]string{{"services.a.image"}}},
		"variables":     {"services: {a: {image: '$X:${Y:-1}'}}", [][]string{{"services.a.image"}}},
		"anchor":        {"x-i: {image: &i x}\nservices: {a: {image: *i}}", [][]string{{"x-i.image"}, {"services.a.image"}}},
		"merge keys":    {"x-a: &a {image: x}\nservices: {a: {<<: *a}, b: {<<: [*a]}}", [][]string{{"services.a.image", "services.b.image", "x-a.image"}}},
		"labels":        {"x-a: &a {image: x}\nservices: {a: {<<: *a, labels: *a}}", [][]string{{"services.a.image", "services.a.labels.image", "x-a.image"}}},
		"merged labels": {"x-a: &a {image: x}\nservices: {a: {<<: *a, labels: *a}}\n---\nservices: {a: {labels: [b=c]}}", [][]string{{"(services.a.labels.0)", "services.a.image", "x-a.image"}}},
		"overridden":    {"services: {a: {image: x}}\n---\nservices: {a: {image: y}}", [][]string{nil, {"services.a.image"}}},
		"extends":       {"services: {a: {image: x}, b: {extends: a}}", [][]string{{"services.a.image", "services.b.image"}}},
		"equal hooks":   {"services: {a: {image: i, pre_start: [{image: x}]}}\n---\nservices: {a: {pre_start: [{image: x}]}}", [][]string{{"services.a.image"}, {"services.a.pre_start.0.image"}, nil}},
		"reset":         {"services: {a: {image: x, build: .}}\n---\nservices: {a: {build: !reset null}}", [][]string{{"services.a.image"}}},
		"override":      {"services: {a: {image: x}}\n---\nservices: {a: !override {image: y}}", [][]string{nil, {"services.a.image"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, nodes := traced(t, test.content)
			var got [][]string
			for _, node := range nodes {
				var places []string
				for _, use := range m.Uses(node) {
					if use.Whole {
						places = append(places, use.At.String())
					} else {
						places = append(places, "("+use.At.String()+")")
					}
				}
				slices.Sort(places)
				got = append(got, places)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestLostVariables(t *testing.T) {
	t.Parallel()
	for content, lost := range map[string]bool{
		"services: {a: {image: x, pre_start: [{image: h, command: ['$X', $$Y]}]}}":           false,
		"services: {a: {image: x, environment: {A: $X}, pre_start: [{image: h}]}}":           false,
		"services: {a: {image: x, volumes: [{type: image, source: $X, target: '/$X'}]}}":     false,
		"services: {a: {image: x, pre_start: [{image: h, cpus: '${N:-1}'}]}}":                true,
		"services: {a: {image: x, volumes: ['$X:/x']}}":                                      true,
		"x-a: &a ['$X:/x']\nservices: {a: {image: x, pre_start: [{image: h, volumes: *a}]}}": true,
		"x-a: &a ['${E-}']\nservices: {a: {image: x, pre_start: [{image: h, command: *a}]}}": true,
	} {
		m, _ := traced(t, content)
		require.Equal(t, lost, m.LostVariables(), content)
	}
	m, _ := traced(t, "services: {a: {image: 'i$X', command: ['$X', x]}}")
	command := m.Tree["services"].(map[string]any)["a"].(map[string]any)["command"].([]any)
	require.Equal(t, "$X", m.Raw(command[0].(string)))
	require.Equal(t, "x", m.Raw(command[1].(string)))
}
