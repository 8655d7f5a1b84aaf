package flatten

import (
	"strconv"
	"strings"
)

const (
	tokenOpen  = "\uF8F4"
	tokenClose = "\uF8F5"
	// shortForm is the key of a value that is kept as it was written, because the loader
	// would take it apart.
	shortForm = "\uF8F6"
	// writtenSource is the key of the source of such a mount as it was written.
	writtenSource = "\uF8F7"
)

// Tokens stand for variables, and for the home folder, while the loader works on the text
// around them.
type tokens struct {
	all   []token
	index map[token]int
}

// A token is a variable and what it is now.
type token struct{ text, value string }

// make returns what stands for a token in texts.
func (t *tokens) make(each token) string {
	i, ok := t.index[each]
	if !ok {
		i = len(t.all)
		t.all = append(t.all, each)
		t.index[each] = i
	}
	return tokenOpen + strconv.Itoa(i) + tokenClose
}

// texts writes variables in place of their tokens, and values what they are now.
func (t *tokens) texts(s string) string {
	return t.expand(s, func(each token) string { return each.text })
}

func (t *tokens) values(s string) string {
	return t.expand(s, func(each token) string { return each.value })
}

func (t *tokens) expand(s string, what func(token) string) string {
	for {
		before, rest, ok := strings.Cut(s, tokenOpen)
		if !ok {
			return s
		}
		number, after, _ := strings.Cut(rest, tokenClose)
		i, _ := strconv.Atoi(number)
		s = before + what(t.all[i]) + after
	}
}
