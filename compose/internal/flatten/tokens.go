package flatten

import (
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/marks"
)

// Marks are characters that are not in any input of a project.
type Marks struct {
	// open and close enclose the number of a token.
	open, close string
	// short is the key of a value that is kept as written, because the loader would parse it,
	// and source the key of the source of such a mount as written.
	short, source string
}

// NewMarks chooses marks for a project with these inputs.
func NewMarks(inputs *marks.Set) (Marks, error) {
	taken, err := inputs.Take(4)
	if err != nil {
		return Marks{}, err
	}
	return Marks{open: taken[0], close: taken[1], short: taken[2], source: taken[3]}, nil
}

// Tokens replace variables and the home folder while the loader processes the text around
// them.
type tokens struct {
	marks Marks
	all   []token
	index map[token]int
}

// A token is a variable and its current value.
type token struct{ text, value string }

// make returns the string for a token.
func (t *tokens) make(each token) string {
	i, ok := t.index[each]
	if !ok {
		i = len(t.all)
		t.all = append(t.all, each)
		t.index[each] = i
	}
	return t.marks.open + strconv.Itoa(i) + t.marks.close
}

// in reports whether a text has tokens.
func (t *tokens) in(text string) bool { return strings.Contains(text, t.marks.open) }

// texts replaces tokens with their variables, and values replaces them with their current
// values.
func (t *tokens) texts(s string) string {
	return t.expand(s, func(each token) string { return each.text })
}

func (t *tokens) values(s string) string {
	return t.expand(s, func(each token) string { return each.value })
}

func (t *tokens) expand(s string, what func(token) string) string {
	for {
		before, rest, ok := strings.Cut(s, t.marks.open)
		if !ok {
			return s
		}
		number, after, _ := strings.Cut(rest, t.marks.close)
		i, _ := strconv.Atoi(number)
		s = before + what(t.all[i]) + after
	}
}
