package main

import "html/template"

// A view is what the layout shows of one page.
type view struct {
	Title      string
	Content    template.HTML
	Home       string
	Sections   []viewSection
	Prev, Next *link
}

type viewSection struct {
	Title string
	Links []link
}

type link struct {
	Title, To string
	Here      bool
}

// view is the page with number i, and the way to all others.
func (s *site) view(i int, content string) view {
	p := s.pages[i]
	to := func(other *page) link { return link{other.Title, relative(p.Path, other.Path), other == p} }
	v := view{Title: p.Title, Content: template.HTML(content), Home: relative(p.Path, s.pages[0].Path)} //nolint:gosec // Rendered from the repository's own Markdown.
	for _, part := range sections {
		shown := viewSection{Title: part.Title}
		for _, file := range part.Files {
			shown.Links = append(shown.Links, to(s.byFile[file]))
		}
		v.Sections = append(v.Sections, shown)
	}
	if i > 0 {
		prev := to(s.pages[i-1])
		v.Prev = &prev
	}
	if i+1 < len(s.pages) {
		next := to(s.pages[i+1])
		v.Next = &next
	}
	return v
}
