package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostile is a name with special characters of each language.
const hostile = "<script>alert(1)</script> \" \\ ]) --> `%{x}` | ;\n#"

func sample() *Graph {
	g := &Graph{Title: "localhost:5000/shop:1.0"}
	g.Add("", Node{ID: "root", Kind: Index, Title: "bundled composition", Lines: []string{"sha256:0123456789ab"}}, "")
	g.Add("", Node{ID: "tag", Kind: Tag, Title: "1.0"}, "")
	g.Link("tag", "root", "")
	g.Add("", Node{ID: "signature", Kind: Referrer, Title: "application/vnd.dev.sigstore.bundle.v0.3+json"}, "")
	g.Link("signature", "root", "refers to")
	for i := range 20 {
		image := fmt.Sprint("image", i)
		g.Add("root", Node{ID: image, Kind: ImageIndex, Title: fmt.Sprintf("docker.io/library/service-%d:1", i)}, "")
		g.Add(image, Node{ID: image + "/amd64", Kind: Manifest, Title: "linux/amd64"}, "")
		g.Add(image+"/amd64", Node{ID: image + "/layers", Kind: Layers, Title: "6 blobs"}, "")
		g.Add(image, Node{ID: image + "/arm64", Kind: Manifest, Title: "linux/arm64"}, "")
	}
	g.Add("root", Node{ID: "composition", Kind: Composition, Title: "any platform"}, "")
	g.Add("composition", Node{ID: "file", Kind: File, Title: hostile}, "")
	g.Add("composition", Node{ID: "image3", Kind: ImageIndex}, "runs web")
	return g
}

func TestMermaid(t *testing.T) {
	t.Parallel()
	text := Mermaid(sample())
	require.True(t, strings.HasPrefix(text, "flowchart LR\n"))
	node := regexp.MustCompile(`^  n\d+(\[|\(\[|\[/)"[^"<>\[\]|;` + "`" + `{}()]*((<br/>|#\d+;)[^"<>\[\]|;` + "`" + `{}()]*)*"(\]|\]\)|/\])$`)
	edge := regexp.MustCompile(`^  n\d+ (-->|-\. [^"<>|]+ \.->) n\d+$`)
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); line != "flowchart LR" {
			require.True(t, node.MatchString(line) || edge.MatchString(line), "%q", line)
		}
	}
	require.NotContains(t, text, "<script")
}

func TestDOT(t *testing.T) {
	t.Parallel()
	text := DOT(sample())
	require.Contains(t, text, `n1 -> n0`)
	require.Contains(t, text, `n2 -> n0 [label="refers to", style=dashed]`)
	quoted := regexp.MustCompile(`"(\\.|[^"\\])*"`)
	for line := range strings.Lines(text) {
		require.NotContains(t, quoted.ReplaceAllString(line, ""), `"`, "an unclosed quote: %s", line)
	}
}

func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, WritePage(&b, sample()))
	page := b.String()
	require.NotContains(t, page, "<script")
	require.NotRegexp(t, `(src|href|url)\s*[=(]`, page)
	svg := page[strings.Index(page, "<svg"):strings.Index(page, "</main>")]
	require.NoError(t, xml.Unmarshal([]byte(svg), new(struct{})))
	if file := os.Getenv("PICTURE"); file != "" {
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
	}
}

// TestBoxesDoNotOverlap: no two boxes overlap, and all are on the page.
func TestBoxesDoNotOverlap(t *testing.T) {
	t.Parallel()
	d := draw(sample())
	require.Len(t, d.Boxes, len(sample().Nodes))
	for i, a := range d.Boxes {
		require.LessOrEqual(t, a.X+a.Width, d.Width)
		require.LessOrEqual(t, a.Y+a.Height, d.Height)
		for _, b := range d.Boxes[:i] {
			apart := a.X+a.Width <= b.X || b.X+b.Width <= a.X || a.Y+a.Height <= b.Y || b.Y+b.Height <= a.Y
			require.True(t, apart, "%s and %s", a.ID, b.ID)
		}
	}
}

// TestRelatedBoxesAreClose: an image is next to its first platform, and each platform below it
// before the next image. Compositions are above all images.
func TestRelatedBoxesAreClose(t *testing.T) {
	t.Parallel()
	at := map[string]box{}
	for _, b := range draw(sample()).Boxes {
		at[b.ID] = b
	}
	for i := range 20 {
		image := at[fmt.Sprint("image", i)]
		require.Equal(t, image.Y, at[image.ID+"/amd64"].Y)
		require.Equal(t, image.Y, at[image.ID+"/layers"].Y)
		require.Greater(t, at[image.ID+"/arm64"].Y, image.Y)
		require.Less(t, at["composition"].Y, image.Y)
		if next, ok := at[fmt.Sprint("image", i+1)]; ok {
			require.Less(t, at[image.ID+"/arm64"].Y, next.Y)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"docker.io/library/nginx:1.27":                      "docker.io/library/nginx:1.27",
		"registry.example.com/team/images/checkout:1.27":    "…/team/images/checkout:1.27",
		"registry.example.com/a-team/images/checkout:1.2.7": "…/images/checkout:1.2.7",
		"application/vnd.dev.sigstore.bundle.v0.3+json":     "application/vn…ndle.v0.3+json",
		"r.example/" + strings.Repeat("é", 40):              "r.example/éééé…éééééééééééééé",
	} {
		require.Equal(t, want, fit(text))
		require.LessOrEqual(t, len([]rune(fit(text))), lineLetters)
	}
}

// TestCirclesEnd: what refers to itself is drawn all the same.
func TestCirclesEnd(t *testing.T) {
	t.Parallel()
	g := &Graph{}
	g.Add("", Node{ID: "a"}, "")
	g.Add("a", Node{ID: "b"}, "")
	g.Link("b", "a", "refers to")
	g.Link("a", "a", "")
	require.NoError(t, WritePage(new(bytes.Buffer), g))
}
