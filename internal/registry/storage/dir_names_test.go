package storage

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/filename"
)

// TestNamesInFolders: no two names are the same file if case is ignored, none is a device or ends
// with a dot, and each can be decoded.
func TestNamesInFolders(t *testing.T) {
	t.Parallel()
	tags := []string{"latest", "Latest", "LATEST", "1.0", "1.0.", "1.0..", "con", "CON", "Con.txt", "con.", "nul", "com1", "lpt9.x", "_", "a_B-c.D", "A"}
	seen := map[string]string{}
	for _, tag := range tags {
		file := tagFile(tag)
		require.NoError(t, filename.Check(file), tag)
		require.Empty(t, seen[strings.ToLower(file)], "%s is the file of another tag", tag)
		seen[strings.ToLower(file)] = tag
		back, ok := fileTag(file)
		require.True(t, ok, file)
		require.Equal(t, tag, back)
	}
	for _, file := range []string{"Latest", "1.0.", "con", "!", "!-", "!-x", "a!", "!1", "!!a", ".DS_Store", "a b"} {
		_, ok := fileTag(file)
		require.False(t, ok, file)
	}

	for _, name := range []string{"app", "team/app", "con", "team/nul/app", "com1/lpt2", "aux.x/y"} {
		folder := repositoryFolder(name)
		require.NoError(t, filename.Check(filepath.ToSlash(folder)), name)
		back, ok := folderRepository(folder)
		require.True(t, ok, folder)
		require.Equal(t, name, back)
	}
	for _, folder := range []string{"!app", "con", "App", "team/!app", "!!con"} {
		_, ok := folderRepository(filepath.FromSlash(folder))
		require.False(t, ok, folder)
	}
}

// FuzzTagFile: every tag has a separate file.
func FuzzTagFile(f *testing.F) {
	f.Add("Latest")
	f.Add("con.")
	f.Fuzz(func(t *testing.T, tag string) {
		if !tagGrammar.MatchString(tag) || len(tag) > MaxTagLength {
			return
		}
		back, ok := fileTag(tagFile(tag))
		require.True(t, ok, tag)
		require.Equal(t, tag, back)
	})
}
