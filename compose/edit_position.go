package compose

import "unicode/utf8"

// lineIndex finds byte offsets from the lines and columns that yaml.v3 reports.
// It counts lines and columns in characters, and knows more line breaks than
// editors do: CR LF, CR, LF, NEL, LS and PS. A byte order mark at the very start is
// no column.
type lineIndex struct {
	content []byte
	starts  []int
}

func newLineIndex(content []byte) *lineIndex {
	index := &lineIndex{content: content}
	at := 0
	if len(content) >= 3 && string(content[:3]) == "\ufeff" {
		at = 3
	}
	index.starts = append(index.starts, at)
	for at < len(content) {
		if n := breakLength(content[at:]); n > 0 {
			at += n
			index.starts = append(index.starts, at)
			continue
		}
		at++
	}
	return index
}

// offset is the byte offset of a line and column from 1.
func (x *lineIndex) offset(line, column int) (int, bool) {
	if line < 1 || line > len(x.starts) || column < 1 {
		return 0, false
	}
	at := x.starts[line-1]
	for range column - 1 {
		if at >= len(x.content) || breakLength(x.content[at:]) > 0 {
			return 0, false
		}
		_, size := utf8.DecodeRune(x.content[at:])
		at += size
	}
	return at, at < len(x.content)
}

// breakLength is the length of the line break that s starts with, or 0.
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
