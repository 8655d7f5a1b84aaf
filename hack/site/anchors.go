package main

import (
	"strconv"
	"strings"
	"unicode"
)

// anchor names a heading of the page as GitHub does, so that a link works in both places.
func (p *page) anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	name := b.String()
	for i := 1; p.anchors[name]; i++ {
		name = b.String() + "-" + strconv.Itoa(i)
	}
	p.anchors[name] = true
	return name
}
