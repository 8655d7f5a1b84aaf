package yamledit

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

func TestSpell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		style       yaml.Style
		value, want string
	}{
		{0, "localhost:5000/a/b@sha256:00", "localhost:5000/a/b@sha256:00"},
		{0, "[::1]:5000/a@sha256:00", `"[::1]:5000/a@sha256:00"`},
		{0, "12:30", `12:30`},
		{0, "123", `"123"`},
		{0, "null", `"null"`},
		{0, `a"b\c`, `"a\"b\\c"`},
		{yaml.DoubleQuotedStyle, `a"b\c`, `"a\"b\\c"`},
		{yaml.SingleQuotedStyle, "it's", "'it''s'"},
		{yaml.LiteralStyle, "[::1]/a", "[::1]/a"},
	} {
		spelled := Span{style: test.style}.Spell(test.value)
		require.Equal(t, test.want, spelled)
		if test.style == yaml.LiteralStyle {
			spelled = "|-\n  " + spelled
		}
		var read any
		require.NoError(t, yaml.Unmarshal([]byte(spelled), &read))
		require.Equal(t, test.value, read)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	content := "\ufeffä: b\r\nc\rd\n\u0085é\u2028ü: x\n"
	index := NewLines([]byte(content))
	for _, test := range []struct {
		line, column int
		rest         string
		ok           bool
	}{
		{1, 1, "ä: b\r\nc\rd\n\u0085é\u2028ü: x\n", true},
		{1, 4, "b\r\nc\rd\n\u0085é\u2028ü: x\n", true},
		{2, 1, "c\rd\n\u0085é\u2028ü: x\n", true},
		{3, 1, "d\n\u0085é\u2028ü: x\n", true},
		{5, 1, "é\u2028ü: x\n", true},
		{6, 4, "x\n", true},
		{1, 9, "", false},
		{7, 1, "", false},
		{8, 1, "", false},
		{0, 1, "", false},
		{1, 0, "", false},
	} {
		at, ok := index.Offset(test.line, test.column)
		require.Equal(t, test.ok, ok, "line %d, column %d", test.line, test.column)
		if ok {
			require.Equal(t, test.rest, content[at:])
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"k: v # c":                        "v",
		"k: a b  # c":                     "a b",
		"k: a#b":                          "a#b",
		"k: a:b":                          "a:b",
		"k: &x !!str v":                   "v",
		"k: !!str\n  &x v":                "v",
		"k: &x # c\n # d\n v":             "v",
		"k: 'it''s' # c":                  "'it''s'",
		`k: "a\"b" # "`:                   `"a\"b"`,
		"{k: v}":                          "v",
		"{k: a b, l: c}":                  "a b",
		"{\"k\":v}":                       "v",
		"k: a\n  b\n\n  c\nl: d":          "a\n  b\n\n  c",
		"k: |-\n    v\nl: w":              "v",
		"k: >-  # c\n  v\n":               "v",
		"k: !<tag:yaml.org,2002:str> v":   "v",
		"k: !<tag:yaml.org,2002:str> v v": "v v",
	} {
		documents, err := yamlnode.Parse(t.Context(), []byte(content))
		require.NoError(t, err, content)
		mapping := documents[0].Content[0]
		node := mapping.Content[1]
		at, ok := NewLines([]byte(content)).Offset(node.Line, node.Column)
		require.True(t, ok, content)
		source, ok := Find([]byte(content), at, node, mapping.Style&yaml.FlowStyle != 0)
		require.True(t, ok, content)
		require.Equal(t, want, content[source.Start:source.End], content)
	}
}
