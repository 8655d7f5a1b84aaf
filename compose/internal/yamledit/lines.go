package yamledit

import "unicode/utf8"

// Lines converts the lines and columns that the YAML parser reports to byte offsets. The
// parser counts columns in characters, and recognizes more line breaks than editors: CR LF,
// CR, LF, NEL, LS and PS. A byte order mark at the start is not a column.
type Lines struct {
	content []byte
	starts  []int
	// last is the last place that Offset found: continuing from there keeps lookups linear in
	// a file with one long line.
	last struct{ line, column, offset int }
}

// NewLines returns the Lines of a file.
func NewLines(content []byte) *Lines {
	lines := &Lines{content: content}
	at := 0
	if len(content) >= 3 && string(content[:3]) == "\ufeff" {
		at = 3
	}
	lines.starts = append(lines.starts, at)
	for at < len(content) {
		if n := breakLength(content[at:]); n > 0 {
			at += n
			lines.starts = append(lines.starts, at)
			continue
		}
		at++
	}
	return lines
}

// Offset returns the byte offset of a line and column, which start at 1.
func (l *Lines) Offset(line, column int) (int, bool) {
	if line < 1 || line > len(l.starts) || column < 1 {
		return 0, false
	}
	at, from := l.starts[line-1], 1
	if l.last.line == line && l.last.column <= column {
		at, from = l.last.offset, l.last.column
	}
	for range column - from {
		if at >= len(l.content) || breakLength(l.content[at:]) > 0 {
			return 0, false
		}
		_, size := utf8.DecodeRune(l.content[at:])
		at += size
	}
	l.last.line, l.last.column, l.last.offset = line, column, at
	return at, at < len(l.content)
}

// breakLength returns the length of the line break that s starts with, or 0.
func breakLength(s []byte) int {
	switch {
	case len(s) == 0:
		return 0
	case s[0] == '\n':
		return 1
	case s[0] == '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	case len(s) > 1 && s[0] == 0xC2 && s[1] == 0x85:
		return 2
	case len(s) > 2 && s[0] == 0xE2 && s[1] == 0x80 && (s[2] == 0xA8 || s[2] == 0xA9):
		return 3
	}
	return 0
}
