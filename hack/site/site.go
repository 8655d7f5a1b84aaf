package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark/ast"
)

//go:embed page.html
var layout string

// A site is all pages, and the files that they show.
type site struct {
	repository fs.FS
	pages      []*page
	byFile     map[string]*page
	// copied are files that pages show or link to, such as pictures.
	copied map[string]bool
}

// load reads the pages of all sections.
func load(repository fs.FS) (*site, error) {
	s := &site{repository: repository, byFile: map[string]*page{}, copied: map[string]bool{}}
	for _, part := range sections {
		for _, file := range part.Files {
			p, err := readPage(repository, file, pagePath(file))
			if err != nil {
				return nil, err
			}
			s.pages = append(s.pages, p)
			s.byFile[file] = p
		}
	}
	return s, nil
}

// pagePath is where a Markdown file is in the site: docs/howto/README.md is
// docs/howto/index.html.
func pagePath(file string) string {
	name := strings.TrimSuffix(path.Base(file), ".md")
	if name == "README" {
		name = "index"
	}
	return path.Join(path.Dir(file), name+".html")
}

// check tells every link to a file or an anchor that is not there.
func (s *site) check() error {
	var all []error
	for _, p := range s.pages {
		err := p.walk(func(n ast.Node) error {
			link, ok := destination(n)
			if ok {
				if err := s.checkLink(p, string(link)); err != nil {
					all = append(all, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(all...)
}

func (s *site) checkLink(p *page, link string) error {
	file, anchor, ok := p.target(link)
	if !ok {
		return nil
	}
	other, isPage := s.byFile[file]
	switch {
	case isPage && !other.anchors[anchor]:
		return fmt.Errorf("%s links to %s, where nothing is called #%s", p.File, file, anchor)
	case isPage:
		return nil
	}
	if _, err := fs.Stat(s.repository, file); err != nil {
		return fmt.Errorf("%s links to %s, which does not exist", p.File, file)
	}
	return nil
}

// write renders all pages into a folder.
func (s *site) write(folder string) error {
	t, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	for i, p := range s.pages {
		if err := s.relink(p); err != nil {
			return err
		}
		content, err := p.render()
		if err != nil {
			return err
		}
		var b strings.Builder
		if err := t.Execute(&b, s.view(i, content)); err != nil {
			return err
		}
		if err := writeFile(folder, p.Path, []byte(b.String())); err != nil {
			return err
		}
	}
	for file := range s.copied {
		content, err := fs.ReadFile(s.repository, file)
		if err != nil {
			return err
		}
		if err := writeFile(folder, file, content); err != nil {
			return err
		}
	}
	return nil
}

// relink has a page's links lead to pages of the site, and all others to the source.
func (s *site) relink(p *page) error {
	return p.walk(func(n ast.Node) error {
		link, ok := destination(n)
		if !ok {
			return nil
		}
		to := s.resolve(p, string(link), n.Kind() == ast.KindImage)
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(to)
		case *ast.Image:
			n.Destination = []byte(to)
		}
		return nil
	})
}

// resolve is where a link of a page leads in the site.
func (s *site) resolve(p *page, link string, picture bool) string {
	file, anchor, ok := p.target(link)
	if !ok {
		return link
	}
	if anchor != "" {
		anchor = "#" + anchor
	}
	other, isPage := s.byFile[file]
	switch {
	case isPage && other == p:
		return anchor
	case isPage:
		return relative(p.Path, other.Path) + anchor
	case picture:
		s.copied[file] = true
		return relative(p.Path, file)
	default:
		return source + file + anchor
	}
}

// relative is how a page refers to a file of the site.
func relative(from, to string) string {
	rel, err := filepath.Rel(filepath.Dir(filepath.FromSlash(from)), filepath.FromSlash(to))
	if err != nil {
		return to
	}
	return filepath.ToSlash(rel)
}

func writeFile(folder, name string, content []byte) error {
	full := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, content, 0o644)
}
