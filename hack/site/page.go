package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// A page is one Markdown file of the repository.
type page struct {
	// File is its path in the repository, and Path the path of the page in the site.
	File, Path string
	Title      string

	content []byte
	root    ast.Node
	anchors map[string]bool
}

// markdown returns a parser for GitHub's Markdown, with tables.
func markdown() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.GFM)) }

// readPage reads a file of the repository.
func readPage(repository fs.FS, file, to string) (*page, error) {
	content, err := fs.ReadFile(repository, file)
	if err != nil {
		return nil, err
	}
	p := &page{File: file, Path: to, content: content, anchors: map[string]bool{"": true}}
	p.root = markdown().Parser().Parse(text.NewReader(content))
	err = p.walk(func(n ast.Node) error {
		switch n := n.(type) {
		case *ast.Heading:
			title := plain(n, content)
			n.SetAttributeString("id", []byte(p.anchor(title)))
			if n.Level == 1 && p.Title == "" {
				p.Title = title
			}
		case *ast.HTMLBlock:
			if n.HTMLBlockType != ast.HTMLBlockType2 {
				return fmt.Errorf("%s has HTML other than comments", file)
			}
		case *ast.RawHTML:
			return fmt.Errorf("%s has HTML in a line", file)
		}
		return nil
	})
	if err == nil && p.Title == "" {
		err = fmt.Errorf("%s has no title", file)
	}
	return p, err
}

// walk calls visit for every part of the page.
func (p *page) walk(visit func(ast.Node) error) error {
	return ast.Walk(p.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if err := visit(n); err != nil {
			return ast.WalkStop, err
		}
		return ast.WalkContinue, nil
	})
}

// render returns the page's content as HTML.
func (p *page) render() (string, error) {
	var b bytes.Buffer
	err := markdown().Renderer().Render(&b, p.content, p.root)
	return b.String(), err
}

// destination returns the target of a link or an image of the page.
func destination(n ast.Node) ([]byte, bool) {
	switch n := n.(type) {
	case *ast.Link:
		return n.Destination, true
	case *ast.Image:
		return n.Destination, true
	}
	return nil, false
}

// target splits a link of the page into a path in the repository and an anchor. ok is false
// for external links.
func (p *page) target(link string) (file, anchor string, ok bool) {
	if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
		return "", "", false
	}
	link, anchor, _ = strings.Cut(link, "#")
	if link == "" {
		return p.File, anchor, true
	}
	return path.Join(path.Dir(p.File), link), anchor, true
}

// plain returns the text of a heading.
func plain(n ast.Node, content []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(content))
		} else {
			b.WriteString(plain(c, content))
		}
	}
	return b.String()
}
