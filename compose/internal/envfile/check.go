package envfile

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	export    = regexp.MustCompile(`^export\s+`)
	reference = regexp.MustCompile(`(?i)\$\{?([_a-z][_a-z0-9]*)`)
	octal     = regexp.MustCompile(`\\0[0-7]{3}`)
)

// A checker follows the statements of a file like the loader, and adds up the length of values.
// If it can't know which of two defaults is used, it counts both.
type checker struct {
	lookup func(string) (string, bool)
	sizes  map[string]int
	total  int
	work   int
}

// check returns an error for a file that exceeds a limit.
func check(content []byte, lookup func(string) (string, bool)) error {
	c := checker{lookup: lookup, sizes: map[string]int{}}
	return c.run(content)
}

func (c *checker) run(content []byte) error {
	rest := string(bytes.TrimPrefix(content, []byte("\ufeff")))
	for {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			return nil
		}
		if rest[0] == '#' {
			_, rest, _ = strings.Cut(rest, "\n")
			continue
		}
		var key string
		var hasValue bool
		if key, rest, hasValue = name(rest); !hasValue {
			continue
		}
		var text string
		var expands bool
		text, rest, expands = value(rest)
		size := len(text)
		if expands {
			size = c.expanded(text)
		}
		c.sizes[key] = size
		if c.total += size; c.total > maxExpanded {
			return errTooLong
		}
		if c.work > maxWork {
			return errTooMuchWork
		}
	}
}

// name cuts the name of a variable off a statement; a name without a value ends the line.
func name(statement string) (key, rest string, hasValue bool) {
	if export.MatchString(statement) {
		statement = strings.TrimLeftFunc(strings.TrimPrefix(statement, "export"), isSpace)
	}
	i := strings.IndexAny(statement, "=:\n")
	if i < 0 {
		return "", "", false
	}
	key = strings.TrimRightFunc(statement[:i], unicode.IsSpace)
	return key, strings.TrimLeftFunc(statement[i+1:], isSpace), statement[i] != '\n'
}

// isSpace reports whether a character is a space that does not end the line.
func isSpace(r rune) bool { return r != '\n' && unicode.IsSpace(r) }

// value splits the value from a statement, and reports whether its variables are replaced.
func value(statement string) (text, rest string, expands bool) {
	if statement == "" || statement[0] != '"' && statement[0] != '\'' {
		text, rest, _ = strings.Cut(statement, "\n")
		return text, rest, true
	}
	quote := statement[0]
	for i := 1; i < len(statement); i++ {
		switch statement[i] {
		case '\\':
			i++
		case quote:
			return unescaped(statement[1:i]), statement[i+1:], quote == '"'
		}
	}
	return "", "", false // the loader reports the missing end
}

// unescaped replaces the escapes that can produce a variable.
func unescaped(text string) string {
	return octal.ReplaceAllStringFunc(text, func(escape string) string {
		n, err := strconv.ParseUint(escape[2:], 8, 8)
		if err != nil {
			return escape
		}
		return string(rune(n))
	})
}

// expanded returns the maximum length of a value.
func (c *checker) expanded(text string) int {
	size, n := len(text), 0
	for _, match := range reference.FindAllStringSubmatch(text, -1) {
		n++
		if v, ok := c.lookup(match[1]); ok {
			size += len(v)
		} else {
			size += c.sizes[match[1]]
		}
		if size > maxExpanded {
			break
		}
	}
	c.work += n * len(text)
	return size
}
