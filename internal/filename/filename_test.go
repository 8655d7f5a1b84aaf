package filename_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/filename"
)

// TestCheck: a name means the same file in its folder on Linux, macOS and Windows.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"compose.yaml", "conf.d/a.conf", ".env", "..a", "a..b", "concert.conf", "con-x", "comic", "com", "com10", "lpt", "aux_", "null", "é.conf",
		"a b", "a/.b", strings.Repeat("a", 255),
	} {
		require.NoError(t, filename.Check(name), name)
	}
	for name, says := range map[string]string{
		"": "is empty", ".": "is empty", "/etc/passwd": "points outside", "../x": "points outside", "..": "points outside", "a/../b": "points outside", "a//b": "points outside", "./a": "points outside", "a/": "points outside",
		`a\b`: "characters", `..\x`: "characters", `\\host\share`: "characters", "C:/x": "characters", "C:x": "characters", "a:stream": "characters",
		"a\x00b": "characters", "a\nb": "characters", "a\x7f": "characters", "\xff": "characters",
		"a.": "dot or a space", "a ": "dot or a space", "a./b": "dot or a space", "...": "dot or a space", "a/ ": "dot or a space",
		"con": "device", "CON": "device", "Nul.txt": "device", "a/aux/b": "device", "com1": "device", "LPT9.tar.gz": "device", "COM¹": "device", "conin$": "device", "con .txt": "device",
		".git/config": "Git", "a/.GIT": "Git", "git~1/x": "Git", ".g\u200dit": "Git",
		".ocompose-x": "reserved", ".OCOMPOSE-x": "reserved",
		strings.Repeat("a", 256): "too long", strings.Repeat("a/", 600) + "a": "too long",
	} {
		require.ErrorContains(t, filename.Check(name), says, "%q", name)
	}
}

// TestSet: no two names are equal if case and Unicode form are ignored.
func TestSet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ first, second, says string }{
		{"a", "a", "two files"}, {"a.conf", "A.CONF", "differ only"}, {"\u00e9", "e\u0301", "differ only"}, {"straße", "STRASSE", "differ only"},
		{"a", "a/b", "folder"}, {"a/b", "A", "folder"}, {"Conf/a", "conf/b", "folder names"}, {"a", "con", "device"},
	} {
		names := filename.NewSet()
		require.NoError(t, names.Add(test.first))
		require.ErrorContains(t, names.Add(test.second), test.says, test.second)
	}
	names := filename.NewSet()
	for _, name := range []string{"a", "b/a", "b/c", "ab"} {
		require.NoError(t, names.Add(name))
	}
	require.True(t, names.Has("B/A"))
	require.False(t, names.Has("b"))
}
