package yamledit

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Span is the text of a scalar or an alias in a file: from quote to quote, the name
// with its asterisk, or the only line of a block, without the anchor and tag before it.
type Span struct {
	// Start and End are byte offsets.
	Start, End int

	style  yaml.Style
	inFlow bool
}

// Find returns the span of a node, which the parser found at a byte offset. inFlow reports
// whether the node is in a flow collection. Find returns false if it is not certain: the
// text must evaluate to the node's value.
func Find(content []byte, at int, node *yaml.Node, inFlow bool) (Span, bool) {
	source := Span{style: node.Style &^ yaml.TaggedStyle, inFlow: inFlow}
	if node.Kind == yaml.AliasNode {
		source.Start, source.End = at, at+1+len(node.Value)
		if source.End > len(content) || string(content[at:source.End]) != "*"+node.Value {
			return source, false
		}
		return source, true
	}
	at = skipProperties(content, at)
	if at >= len(content) {
		return source, false
	}
	source.Start = at
	switch source.style {
	case yaml.DoubleQuotedStyle:
		source.End = quotedEnd(content, at, '"')
	case yaml.SingleQuotedStyle:
		source.End = quotedEnd(content, at, '\'')
	case yaml.LiteralStyle, yaml.FoldedStyle:
		source.Start, source.End = blockLine(content, at)
		if source.End > 0 && string(content[source.Start:source.End]) != node.Value {
			return source, false
		}
	case 0:
		source.End = plainEnd(content, at, node.Value, inFlow)
	default:
		return source, false
	}
	return source, source.End > source.Start
}

// skipProperties skips a node's anchor and tag, and the space before its text.
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

// quotedEnd returns the offset after the closing quote, or -1.
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

// blockLine returns the start and end of the first non-empty line of a block scalar; the
// end is -1 if all lines are empty.
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

// plainEnd returns the end of a plain scalar with the given value, or -1. The value of a
// scalar of several lines is its folded lines.
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

// foldBreaks returns the value of n line breaks inside a plain scalar.
func foldBreaks(n int) string {
	if n == 1 {
		return " "
	}
	return strings.Repeat("\n", n-1)
}

// plainLineEnd returns the end, on its line, of the plain text that starts at an offset.
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
