package commands

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrintable(t *testing.T) {
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
		require.Equal(t, want, printable(text), "%q", text)
		require.Equal(t, want, printable(want), "%q", want)
	}
}
