package yamledit

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// plainValue matches image references that need no quotes in any position, including flow
// collections.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*$`)

// Spell writes a value in the style of the scalar that it replaces. A plain scalar or an
// alias gets quotes if the new value needs them.
func (s Span) Spell(value string) string {
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

// resolvesToString reports whether a plain scalar is a string rather than a number,
// a boolean, a date or null.
func resolvesToString(value string) bool {
	node := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	var read any
	err := node.Decode(&read)
	_, isString := read.(string)
	return err == nil && isString
}
