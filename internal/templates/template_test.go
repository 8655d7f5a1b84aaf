package templates

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type subject struct {
	Reference string `json:"reference"`
}

type entry struct {
	Tag          string            `json:"tag"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Platforms    []string          `json:"platforms,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	Size         int64             `json:"size"`
	OK           bool              `json:"ok"`
	Subject      *subject          `json:"subject,omitempty"`
}

type listing struct {
	Repository string  `json:"repository"`
	Entries    []entry `json:"entries"`
}

// A tree is a document that contains itself.
type tree struct {
	Name  string          `json:"name"`
	Parts map[string]tree `json:"parts,omitempty"`
	Rest  []*tree         `json:"rest,omitempty"`
}

func document() listing {
	return listing{Repository: "r/a", Entries: []entry{
		{Tag: "1", ArtifactType: "x/y", Platforms: []string{"a", "b"}, Annotations: map[string]string{"k.x": "v", "y": "w"}, Size: 3, OK: true},
		{Tag: "2\x1b[31m", Subject: &subject{"r/b"}},
	}}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"{{.Repository}}": "r/a\n",
		"{{.repository}}": "r/a\n",
		"{{json .}}": `{"repository":"r/a","entries":[{"tag":"1","artifactType":"x/y","platforms":["a","b"],"annotations":{"k.x":"v","y":"w"},"size":3,"ok":true},` +
			`{"tag":"2\u001b[31m","size":0,"ok":false,"subject":{"reference":"r/b"}}]}` + "\n",
		"{{range .Entries}}{{.Tag}};{{end}}":        "1;2\\x1b[31m;\n",
		"{{range .entries}}{{println .tag}}{{end}}": "1\n2\\x1b[31m\n",
		"{{.Tag}}":                                                             "1\n2\\x1b[31m\n",
		"{{json .Tag}}":                                                        "\"1\"\n\"2\\u001b[31m\"\n",
		"{{.Tag}} {{join .Platforms \"+\"}}":                                   "1 a+b\n2\\x1b[31m \n",
		"{{range .Platforms}}{{.}},{{end}}":                                    "a,b,\n\n",
		"{{with .Subject}}{{.Reference}}{{else}}none{{end}}":                   "none\nr/b\n",
		"{{if .OK}}ok{{else}}bad{{end}}":                                       "ok\nbad\n",
		"{{if eq .tag \"1\"}}first{{end}}":                                     "first\n\n",
		"{{index .Annotations \"k.x\"}}":                                       "v\n<no value>\n",
		"{{.Annotations.y}}":                                                   "w\n<no value>\n",
		"{{upper .ArtifactType}}{{pad .Tag 1 1}}|{{truncate .Tag 1}}":          "X/Y 1 |1\n 2\\x1b[31m |2\n",
		"{{len .Platforms}}":                                                   "2\n0\n",
		"{{printf \"%s-%d\" .Tag .Size}}":                                      "1-3\n2\\x1b[31m-0\n",
		`table {{.Tag}}\t{{.ArtifactType}}\t{{.Size}}`:                         "TAG        ARTIFACT TYPE  SIZE\n1          x/y            3\n2\\x1b[31m                 0\n",
		`table {{.tag}}\tx{{.size}}`:                                           "TAG        SIZE\n1          x3\n2\\x1b[31m  x0\n",
		"{{$.Repository}}: {{range .Entries}}{{$.Repository}}{{.Tag}} {{end}}": "r/a: r/a1 r/a2\\x1b[31m \n",
	} {
		parsed, err := Parse(format, listing{})
		require.NoError(t, err, format)
		got, err := parsed.Print(document())
		require.NoError(t, err, format)
		require.Equal(t, want, got, format)
	}
	parsed, err := Parse("{{.Tag}}", []entry{})
	require.NoError(t, err)
	got, err := parsed.Print(document().Entries)
	require.NoError(t, err)
	require.Equal(t, "1\n2\\x1b[31m\n", got)
	got, err = parsed.Print([]entry{})
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"":                                   "not a template",
		"xml":                                "not a template",
		"{{":                                 "unclosed action|unexpected",
		"{{.Tag":                             "unclosed action",
		"{{nope .Tag}}":                      `function "nope" not defined`,
		"{{.Nope}}":                          `no field Nope: the fields are .Repository, .Entries, .Tag, .ArtifactType`,
		"{{.Tag}} {{.Nope}}":                 "no field Nope",
		"{{.Repository}} {{.Tag}}":           `Tag is a field of the items of .Entries: write \{\{range .Entries\}\}`,
		"{{range .Entries}}{{.Nope}}{{end}}": "no field Nope",
		"{{.Subject.Nope}}":                  "no field Nope",
		"{{$.Nope}}":                         "no field Nope",
	} {
		_, err := Parse(format, listing{})
		require.Error(t, err, format)
		require.Regexp(t, want, err.Error(), format)
	}
	_, err := Parse("table {{.Reference}}", subject{})
	require.ErrorContains(t, err, "leave out table")
	_, err = Parse("{{range .Parts}}{{.Nope}}{{end}}", tree{})
	require.EqualError(t, err, "there is no field Nope")
	_, err = Parse("{{.Nope}}", subject{})
	require.EqualError(t, err, "there is no field Nope: the fields are .Reference")
}

func TestPrintFails(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"{{.Subject.Reference}}", "{{join .Tag 1}}", "{{index .Platforms 7}}"} {
		parsed, err := Parse(format, listing{})
		require.NoError(t, err, format)
		_, err = parsed.Print(document())
		require.ErrorContains(t, err, "the template can't be applied", format)
		require.NotContains(t, err.Error(), "\x1b")
	}
}

func FuzzTemplates(f *testing.F) {
	f.Add("{{.Tag}} {{json .}}")
	f.Add(`table {{range .Entries}}{{.Tag}}\t{{end}}`)
	f.Fuzz(func(t *testing.T, format string) {
		if strings.Contains(format, "define") || strings.Contains(format, "template") {
			t.Skip() // it may call itself
		}
		parsed, err := Parse(format, listing{})
		if err != nil {
			return
		}
		got, err := parsed.Print(document())
		if err == nil && !strings.Contains(format, "\x1b") {
			require.NotContains(t, got, "\x1b")
		}
	})
}
