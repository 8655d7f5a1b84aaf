package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/ocompose/ocompose/internal/picture"
)

// diagrams are the pictures of docs/concepts.md, by file name.
func diagrams() map[string]*picture.Graph {
	return map[string]*picture.Graph{"loose.svg": loose(), "bundled.svg": bundled(), "attached.svg": attached()}
}

// writeDiagrams writes the pictures into a folder.
func writeDiagrams(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, g := range diagrams() {
		var b bytes.Buffer
		if err := picture.WriteSVG(&b, g); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// loose is a composition that pins an image of another repository.
func loose() *picture.Graph {
	g := &picture.Graph{Title: "A loose composition"}
	addComposition(g, "1.0", "shop:1.0", "compose.yaml, unchanged", "image-digests.yaml")
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		g.Add(platform, picture.Node{ID: "image " + platform, Kind: picture.Manifest, Title: "web for " + platform, Lines: []string{"in images/web"}}, "pins")
	}
	g.Add("any platform", picture.Node{ID: "image", Kind: picture.ImageIndex, Title: "web", Lines: []string{"in images/web"}}, "pins")
	return g
}

// bundled is a composition with a copy of the image in its own repository.
func bundled() *picture.Graph {
	g := &picture.Graph{Title: "A bundled composition"}
	addComposition(g, "1.0", "shop:1.0", "compose.yaml, names shop")
	addImage(g, "index", "shop")
	g.Link("any platform", "image", "runs")
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		g.Link(platform, "image "+platform, "runs")
	}
	return g
}

// attached is a composition with an image as its subject.
func attached() *picture.Graph {
	g := &picture.Graph{Title: "A composition that is attached to an image"}
	addComposition(g, "", "in images/web, without a tag", "compose.yaml, unchanged", "image-digests.yaml")
	g.Add("", picture.Node{ID: "image tag", Kind: picture.Tag, Title: "images/web:1.0"}, "")
	addImage(g, "image tag", "images/web")
	g.Link("index", "image", "subject")
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		g.Link(platform, "image "+platform, "subject")
	}
	return g
}

// addComposition adds an index with a composition for each platform.
func addComposition(g *picture.Graph, tag, where string, files ...string) {
	from := ""
	if tag != "" {
		g.Add("", picture.Node{ID: "tag", Kind: picture.Tag, Title: where}, "")
		from, where = "tag", "in shop"
	}
	g.Add(from, picture.Node{ID: "index", Kind: picture.Index, Title: "composition index", Lines: []string{where}}, "")
	for _, platform := range []string{"linux/amd64", "linux/arm64", "any platform"} {
		g.Add("index", picture.Node{ID: platform, Kind: picture.Composition, Title: platform, Lines: files}, "")
	}
}

// addImage adds an image of two platforms, which from holds or points at.
func addImage(g *picture.Graph, from, repository string) {
	g.Add(from, picture.Node{ID: "image", Kind: picture.ImageIndex, Title: "web", Lines: []string{"in " + repository}}, "")
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		g.Add("image", picture.Node{ID: "image " + platform, Kind: picture.Manifest, Title: "web for " + platform, Lines: []string{"in " + repository}}, "")
	}
}
