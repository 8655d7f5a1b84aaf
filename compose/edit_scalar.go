package compose

import (
	"bytes"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// A scalarSource is where a scalar's or an alias's own text stands in a file: from
// the quote to the quote, the name with its asterisk, or the one line of a block;
// without the anchor and tag before it.
type scalarSource struct {
	start, end int
	style      yaml.Style
	inFlow     bool
}

// findScalar finds the text of node, which yaml.v3 found at offset at. It says no
// where it can't be sure: what it finds must mean node's value.
func findScalar(content []byte, at int, node *yaml.Node, inFlow bool) (scalarSource, bool) {
	source := scalarSource{style: node.Style &^ yaml.TaggedStyle, inFlow: inFlow}
	if node.Kind == yaml.AliasNode {
		source.start, source.end = at, at+1+len(node.Value)
		if source.end > len(content) || string(content[at:source.end]) != "*"+node.Value {
			return source, false
		}
		return source, true
	}
	at = skipProperties(content, at)
	if at >= len(content) {
		return source, false
	}
	source.start = at
	switch source.style {
	case yaml.DoubleQuotedStyle:
		source.end = quotedEnd(content, at, '"')
	case yaml.SingleQuotedStyle:
		source.end = quotedEnd(content, at, '\'')
	case yaml.LiteralStyle, yaml.FoldedStyle:
		source.start, source.end = blockLine(content, at)
		if source.end > 0 && string(content[source.start:source.end]) != node.Value {
			return source, false
		}
	case 0:
		source.end = plainEnd(content, at, node.Value, inFlow)
	default:
		return source, false
	}
	return source, source.end > source.start
}

// skipProperties steps over a node's anchor and tag, and what separates them from
// its text.
func skipProperties(content []byte, at int) int {
	seen := false
	for at < len(content) {
		switch c := content[at]; {
		case c == '&' || c == '!':
			seen = true
			if bytes.HasPrefix(content[at:], []byte("!<")) {
				if end := bytes.IndexByte(content[at:], '>'); end > 0 {
					at += end
				}
			}
			for at < len(content) && !isBlank(content[at]) && breakLength(content[at:]) == 0 {
				at++
			}
		case !seen:
			return at
		case isBlank(c):
			at++
		case breakLength(content[at:]) > 0:
			at += breakLength(content[at:])
		case c == '#':
			at = lineEnd(content, at)
		default:
			return at
		}
	}
	return at
}

// quotedEnd is the offset behind the closing quote, or -1.
func quotedEnd(content []byte, at int, quote byte) int {
	if content[at] != quote {
		return -1
	}
	for at++; at < len(content); at++ {
		switch {
		case content[at] == '\\' && quote == '"':
			at++
		case content[at] == quote && quote == '\'' && at+1 < len(content) && content[at+1] == quote:
			at++
		case content[at] == quote:
			return at + 1
		}
	}
	return -1
}

var blockHeader = regexp.MustCompile(`^[|>][-+0-9]{0,2}[ \t]*(#.*)?$`)

// blockLine is where the only line of a block scalar stands; its end is -1 if
// there are more, or none.
func blockLine(content []byte, at int) (int, int) {
	end := lineEnd(content, at)
	if !blockHeader.Match(content[at:end]) {
		return 0, -1
	}
	for end < len(content) {
		start := end + breakLength(content[end:])
		end = lineEnd(content, start)
		for start < end && content[start] == ' ' {
			start++
		}
		if start < end {
			return start, end
		}
	}
	return 0, -1
}

// plainEnd is where a plain scalar of the given value ends, or -1. A scalar of
// several lines is the one whose lines, folded, are the value.
func plainEnd(content []byte, at int, value string, inFlow bool) int {
	var folded strings.Builder
	breaks := 0
	for start := at; start < len(content); {
		for start < len(content) && isBlank(content[start]) {
			start++
		}
		end := plainLineEnd(content, start, inFlow)
		if end > start {
			if folded.Len() > 0 {
				folded.WriteString(foldBreaks(breaks))
			}
			folded.Write(content[start:end])
			breaks = 0
			if folded.String() == value {
				return end
			}
		}
		if !strings.HasPrefix(value, folded.String()) {
			return -1
		}
		next := end
		for next < len(content) && isBlank(content[next]) {
			next++
		}
		n := 0
		if next < len(content) {
			n = breakLength(content[next:])
		}
		if n == 0 {
			return -1
		}
		breaks++
		start = next + n
	}
	return -1
}

// foldBreaks is what n line breaks inside a plain scalar stand for.
func foldBreaks(n int) string {
	if n == 1 {
		return " "
	}
	return strings.Repeat("\n", n-1)
}

// plainLineEnd is where the plain text that starts at an offset ends on its line.
func plainLineEnd(content []byte, at int, inFlow bool) int {
	end := at
	for i := at; i < len(content) && breakLength(content[i:]) == 0; i++ {
		c := content[i]
		next := byte(' ')
		if i+1 < len(content) && breakLength(content[i+1:]) == 0 {
			next = content[i+1]
		}
		switch {
		case isBlank(c):
			if next == '#' {
				return end
			}
			continue
		case c == ':' && (isBlank(next) || inFlow && strings.IndexByte(",[]{}?", next) >= 0):
			return end
		case inFlow && strings.IndexByte(",[]{}", c) >= 0:
			return end
		}
		end = i + 1
	}
	return end
}

func lineEnd(content []byte, at int) int {
	for at < len(content) && breakLength(content[at:]) == 0 {
		at++
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// plainValue matches image references that mean themselves without quotes anywhere
// a value may stand, inside flow collections too.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*$`)

// spell writes a value in the style of the scalar it takes the place of. A plain
// scalar, or an alias, gets quotes where its new value can't do without.
func (s scalarSource) spell(value string) string {
	switch s.style {
	case yaml.DoubleQuotedStyle:
		return doubleQuoted(value)
	case yaml.SingleQuotedStyle:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case yaml.LiteralStyle, yaml.FoldedStyle:
		return value
	}
	if plainValue.MatchString(value) && resolvesToString(value) {
		return value
	}
	return doubleQuoted(value)
}

func doubleQuoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// resolvesToString tells whether a plain scalar is a string rather than a number,
// a boolean, a date or null.
func resolvesToString(value string) bool {
	node := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	return node.ShortTag() == "!!str"
}
