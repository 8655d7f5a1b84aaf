package variables

import "strings"

// An Expression is a variable as written in Compose files: $NAME, ${NAME}, ${NAME:-rest}.
type Expression struct {
	Name string
	// Operator is empty, or one of ":-", "-", ":?", "?", ":+", "+". Rest follows it.
	Operator, Rest string
}

// ReplaceExpressions replaces the expressions in a string. Everything else is kept,
// including an escaped $$ and invalid expressions, which the loader rejects.
func ReplaceExpressions(text string, replace func(source string, e Expression) string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '$' || i+1 == len(text) {
			b.WriteByte(text[i])
			i++
			continue
		}
		end := i + 2
		var e Expression
		switch next := text[i+1]; {
		case next == '{':
			end = closingBrace(text, i)
			e = parseExpression(text[i+2 : max(end-1, i+2)])
		case isNameStart(next):
			for end < len(text) && isNamePart(text[end]) {
				end++
			}
			e.Name = text[i+1 : end]
		}
		if e.Name == "" {
			b.WriteString(text[i:end])
		} else {
			b.WriteString(replace(text[i:end], e))
		}
		i = end
	}
	return b.String()
}

// closingBrace returns the index after the brace that closes the one at start+1.
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

func parseExpression(inner string) Expression {
	end := 0
	for end < len(inner) && isNamePart(inner[end]) {
		end++
	}
	e := Expression{Name: inner[:end], Rest: inner[end:]}
	if e.Name == "" || !isNameStart(e.Name[0]) {
		return Expression{}
	}
	for _, operator := range []string{":-", ":?", ":+", "-", "?", "+"} {
		if rest, ok := strings.CutPrefix(e.Rest, operator); ok {
			e.Operator, e.Rest = operator, rest
			return e
		}
	}
	if e.Rest != "" {
		return Expression{}
	}
	return e
}

func isNameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isNamePart(c byte) bool { return isNameStart(c) || c >= '0' && c <= '9' }

// WithDefault returns the expression with a value as the default of its variable, so that
// the deployment can still set another value. If no expression can express that, it returns
// the value itself. rest is the new [Expression.Rest].
func (e Expression) WithDefault(value, rest string) string {
	literal := Escape(value)
	fits := !strings.ContainsAny(value, "{}\n")
	switch {
	case e.Operator == "+" || e.Operator == ":+" && value != "":
		return rest
	case (e.Operator == ":-" || e.Operator == ":?" || e.Operator == ":+") && value == "":
		return "${" + e.Name + e.Operator + rest + "}"
	case !fits:
		return literal
	case e.Operator == ":-" || e.Operator == ":?":
		return "${" + e.Name + ":-" + literal + "}"
	}
	return "${" + e.Name + "-" + literal + "}"
}
