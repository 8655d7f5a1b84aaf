package printable

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "",
		"docker.io/library/web:1.0": "docker.io/library/web:1.0",
		"größe \\ \"✓\"":            "größe \\ \"✓\"",
		"a\x1b[31mb":                `a\x1b[31mb`,
		"a\nReference: b\r\t":       `a\x0aReference: b\x0d\x09`,
		"\u009b31m\u007f":           `\x9b31m\x7f`,
		"exe\u202egnp.js\u2028":     `exe\u202egnp.js\u2028`,
		"\xff\xfe\ufffd":            `\xff\xfe` + "\ufffd",
	} {
		require.Equal(t, want, Line(text), "%q", text)
		require.Equal(t, want, Line(want), "%q", want)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a", Message("a"))
	long := Message("begin" + strings.Repeat("ß", 500_000) + "end")
	require.Less(t, len(long), 5_000)
	require.Regexp(t, `^beginß+ … \(\d+ bytes omitted\) … ß+end$`, long)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain ß ✓", "\x00\n\x7f\u009b31m", "exe\u202egnp\u2028\u2029\ufeff", "\U000e0001\U000e0020"} {
		raw, err := json.MarshalIndent(map[string]string{text: text}, "", "  ")
		require.NoError(t, err)
		clean := JSON(raw)
		require.Equal(t, strings.ReplaceAll(string(clean), "\n", ""), Line(strings.ReplaceAll(string(clean), "\n", "")))
		var got map[string]string
		require.NoError(t, json.Unmarshal(clean, &got))
		require.Equal(t, map[string]string{text: text}, got)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	forged := errors.New("no composition for linux\nocompose: all is well\r")
	other := errors.New("other")
	for _, c := range []struct {
		err  error
		want []string
	}{
		{other, []string{"other"}},
		{forged, []string{`no composition for linux\x0aocompose: all is well`}},
		{fmt.Errorf("copying: %w", forged), []string{`copying: no composition for linux\x0aocompose: all is well`}},
		{errors.Join(forged, other, nil, other), []string{`no composition for linux\x0aocompose: all is well`, "other", "other"}},
		{fmt.Errorf("a\nb: %w (%w)", errors.Join(other, forged), other), []string{`a\x0ab: other`, `no composition for linux\x0aocompose: all is well\x0d (other)`}},
		{errors.Join(errors.Join(other, other), other), []string{"other", "other", "other"}},
	} {
		require.Equal(t, c.want, Error(c.err))
	}
	var many []error
	for range 1000 {
		many = append(many, other)
	}
	require.Len(t, Error(errors.Join(many...)), 101)
}
