package console

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/printable"
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
		"a\u00a0b\u200d\U000e0041":  `a\xa0b\u200d\U000e0041`,
		"\ue000\ufdd0":              `\ue000\ufdd0`,
		"\xff\xfe\ufffd":            `\xff\xfe` + "\ufffd",
	} {
		require.Equal(t, want, Printable(text), "%q", text)
		require.Equal(t, want, Printable(want), "%q", want)
	}
}

func TestLongTextsAreTruncated(t *testing.T) {
	t.Parallel()
	long := Printable(strings.Repeat("ö\n", 1<<20))
	require.Equal(t, maxText, utf8.RuneCountInString(long))
	require.True(t, strings.HasSuffix(long, "…"))
	require.Equal(t, long, Printable(long))
	require.Equal(t, strings.Repeat("ö", maxText), Printable(strings.Repeat("ö", maxText)))
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	text := "a\x1b[31m\u009b\u202e\u2028\U000e0041\n<&>é✓\x7f"
	var b strings.Builder
	require.NoError(t, WriteJSON(&b, map[string]string{"text": text}))
	require.Equal(t, "{\n  \"text\": \"a\\u001b[31m\\u009b\\u202e\\u2028\\udb40\\udc41\\n<&>é✓\\u007f\"\n}\n", b.String())
	var back map[string]string
	require.NoError(t, json.Unmarshal([]byte(b.String()), &back))
	require.Equal(t, text, back["text"])
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b\xff\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		shown := Printable(text)
		require.True(t, utf8.ValidString(shown))
		require.Negative(t, strings.IndexFunc(shown, printable.IsUnsafe))
		require.Equal(t, shown, Printable(shown))
	})
}
