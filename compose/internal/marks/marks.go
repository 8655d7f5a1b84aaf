// Package marks chooses characters that are not in any input of a project. Text between
// such characters can be put into the project's values temporarily without being confused
// with a user's value.
package marks

import (
	"errors"
	"unicode/utf8"
)

// A Set collects the inputs of a project.
type Set struct {
	used map[rune]bool
	// broken are the bytes of inputs that are not UTF-8: two inputs joined can form a
	// character that was split between them.
	broken [256]bool
}

// first is the lowest character to choose: those below are used by most scripts.
const first = 0xE000

// Add adds strings to the inputs.
func (s *Set) Add(texts ...string) {
	if s.used == nil {
		s.used = map[rune]bool{}
	}
	for _, text := range texts {
		for i := 0; i < len(text); {
			if text[i] < utf8.RuneSelf {
				i++
				continue
			}
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				s.broken[text[i]] = true
			} else if r >= first {
				s.used[r] = true
			}
			i += size
		}
	}
}

// ranges are the characters to choose from: first those for private use, then others.
var ranges = [][2]rune{{0xE000, 0xF8FF}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}, {0x10000, 0x1FFFD}, {0x20000, 0x2FFFD}, {0x30000, 0x3FFFD}, {0x40000, 0xEFFFD}}

var errNoneLeft = errors.New("the files of the project use too many different characters")

// Take returns n characters that are not in any input or concatenation of inputs. From then
// on they count as inputs.
func (s *Set) Take(n int) ([]string, error) {
	if s.used == nil {
		s.used = map[rune]bool{}
	}
	var taken []string
	for _, r := range ranges {
		for c := r[0]; c <= r[1] && len(taken) < n; c++ {
			text := string(c)
			// The last two code points of each plane are not characters.
			if s.used[c] || s.broken[text[0]] || c&0xFFFE == 0xFFFE {
				continue
			}
			s.used[c] = true
			taken = append(taken, text)
		}
	}
	if len(taken) < n {
		return nil, errNoneLeft
	}
	return taken, nil
}
