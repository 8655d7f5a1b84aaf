package compose

import "strings"

// An expression is a variable as Compose files write it: $NAME, ${NAME}, ${NAME:-rest}.
type expression struct {
	name string
	// operator is empty, or one of ":-", "-", ":?", "?", ":+", "+"; rest is what follows.
	operator, rest string
}

// replaceExpressions replaces the variables in a text; the rest of it, an escaped $$ as
// well, stays. What is no valid expression stays too: the loader refuses it.
func replaceExpressions(text string, replace func(source string, e expression) string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '$' || i+1 == len(text) {
			b.WriteByte(text[i])
			i++
			continue
		}
		end := i + 2
		var e expression
		switch next := text[i+1]; {
		case next == '{':
			end = closingBrace(text, i)
			e = parseExpression(text[i+2 : max(end-1, i+2)])
		case isNameStart(next):
			for end < len(text) && isNamePart(text[end]) {
				end++
			}
			e.name = text[i+1 : end]
		}
		if e.name == "" {
			b.WriteString(text[i:end])
		} else {
			b.WriteString(replace(text[i:end], e))
		}
		i = end
	}
	return b.String()
}

// closingBrace returns the index behind the brace that closes the one at start+1.
func closingBrace(text string, start int) int {
	open := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

func parseExpression(inner string) expression {
	end := 0
	for end < len(inner) && isNamePart(inner[end]) {
		end++
	}
	e := expression{name: inner[:end], rest: inner[end:]}
	if e.name == "" || !isNameStart(e.name[0]) {
		return expression{}
	}
	for _, operator := range []string{":-", ":?", ":+", "-", "?", "+"} {
		if rest, ok := strings.CutPrefix(e.rest, operator); ok {
			e.operator, e.rest = operator, rest
			return e
		}
	}
	if e.rest != "" {
		return expression{}
	}
	return e
}

func isNameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isNamePart(c byte) bool { return isNameStart(c) || c >= '0' && c <= '9' }

// withValue is the expression for a variable that an include brings a value for: the
// place of deployment can still set another one. Where that can't be said, the value
// itself stands in its place.
func (e expression) withValue(value, rest string) string {
	literal := strings.ReplaceAll(value, "$", "$$")
	fits := !strings.ContainsAny(value, "{}\n")
	switch {
	case e.operator == "+" || e.operator == ":+" && value != "":
		return rest
	case (e.operator == ":-" || e.operator == ":?" || e.operator == ":+") && value == "":
		return "${" + e.name + e.operator + rest + "}"
	case !fits:
		return literal
	case e.operator == ":-" || e.operator == ":?":
		return "${" + e.name + ":-" + literal + "}"
	}
	return "${" + e.name + "-" + literal + "}"
}
