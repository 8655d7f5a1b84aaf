package loading

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/marks"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// decodedFiles are files that are hard to decode correctly.
var decodedFiles = []string{
	"services: {a: {image: b}}\n",
	"name: n${X:-1}\nservices:\n  a:\n    image: ${X:-b}\n    environment: {A: $X, B: 012, C: 0x1, D: yes, E: ~, F: 1.0, G: 2001-01-01}\n",
	"x-a: &a {image: b, init: true}\nservices:\n  a:\n    <<: *a\n  b: {<<: [*a], labels: *a}\n",
	"x-l: &l [{image: a}, {init: true}]\nservices:\n  a: {<<: *l}\n",
	"x-i: &i nginx\nservices:\n  a: {image: *i, command: [*i, $X]}\n  *i : {image: b}\n",
	"services: {a: {image: b, build: .}}\n---\nservices: {a: {image: !reset null}}\n",
	"services: {a: {image: b, ports: [80]}}\n---\nservices: {a: {ports: !override [81]}}\n",
	"services:\n  a: {image: x}\n  a: {image: y}\n",
	"services:\n  a: {image: x, <<: {}, <<: {}}\n",
	"1: a\nservices: {a: {image: x}}\n",
	"services: {a: {image: x, labels: {1: a}}}\n",
	"services: {a: {image: !!binary YQ==}}\n",
	"services: {a: {image: !foo bar}}\n",
	"a\n",
	"---\n---\nservices: {a: {image: x}}\n",
	"",
	"# nothing\n",
	"services: {a: {image: x}}\n---\nname: other\n---\nname: [a]\n",
	"name: \"quo\\\"ted\\u00e9\"\nservices: {a: {image: 'a:${COMPOSE_PROJECT_NAME}'}}\n",
	"? {a: b}\n: c\nservices: {}\n",
	"version: '3'\nservices: {a: {image: x, volumes: ['a:/b', {type: image, source: $X, target: /c}]}}\nvolumes: {a: {}}\n",
}

// FuzzConvert compares the models that the loader makes of a decoded file and of its text.
func FuzzConvert(f *testing.F) {
	for _, seed := range decodedFiles {
		f.Add([]byte(seed))
	}
	corpus, err := filepath.Glob("../../testdata/corpus/*/*.y*ml")
	require.NoError(f, err)
	require.NotEmpty(f, corpus)
	for _, path := range corpus {
		content, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<14 || strings.Contains(string(content), "include") || strings.Contains(string(content), "file") {
			return
		}
		documents, err := yamlnode.Parse(t.Context(), content)
		if err != nil {
			return
		}
		var inputs marks.Set
		inputs.Add(string(content), "\uE000") // the second mark replaces the values of \u escapes
		if yamlnode.Check(documents) != nil {
			return
		}
		for _, document := range documents {
			yamlnode.EachScalar(document, map[*yaml.Node]bool{}, func(node *yaml.Node) { inputs.Add(node.Value) })
		}
		m, err := NewMarks(&inputs)
		require.NoError(t, err)
		in := Input{Dir: "/app", Name: "app", Env: map[string]string{"X": "x"}, Marks: m}
		load := func(file File, trace bool) (*Model, error) {
			in.Files = []File{file}
			return Load(t.Context(), in, Options{Trace: trace})
		}
		file := File{Path: "/app/compose.yaml", Content: content}
		want, wantErr := load(file, false)
		file.Documents = documents
		for _, trace := range []bool{false, true} {
			got, gotErr := load(file, trace)
			require.Equal(t, wantErr == nil, gotErr == nil, "%v\n%v", wantErr, gotErr)
			if wantErr == nil {
				require.Equal(t, want.Tree, got.Tree)
				require.Equal(t, want.Name, got.Name)
			}
		}
	})
}
