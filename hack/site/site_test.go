package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

var repository = os.DirFS("../..")

// TestLinks: every link of the documentation to a file or an anchor has an existing target.
func TestLinks(t *testing.T) {
	t.Parallel()
	s, err := load(repository)
	require.NoError(t, err)
	require.NoError(t, s.check())
}

// TestBrokenLinksAreReported: a link to a missing file or anchor is an error, also with repeated
// headings that GitHub numbers.
func TestBrokenLinksAreReported(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, part := range sections {
		for _, file := range part.Files {
			files[file] = &fstest.MapFile{Data: []byte("# A title\n")}
		}
	}
	files["README.md"].Data = []byte("# A title\n## `a`, b & _c_\n## Twice\n## Twice\n[a](#a-b--c) [b](docs/cli.md) [c](#twice-1) [d](https://example.com/#x)\n")
	s, err := load(files)
	require.NoError(t, err)
	require.NoError(t, s.check())
	for link, says := range map[string]string{
		"[a](docs/none.md)": "docs/none.md, which does not exist", "[a](docs/cli.md#none)": "nothing is called #none", "[a](#twice-2)": "#twice-2",
		"![a](none.svg)": "none.svg", "[a](docs/cli.md#A-title)": "#A-title", "[a]: none.md\n\n[a]": "none.md",
	} {
		files["README.md"].Data = []byte("# A title\n## Twice\n## Twice\n" + link + "\n")
		s, err := load(files)
		require.NoError(t, err)
		require.ErrorContains(t, s.check(), says, link)
	}
}

// TestEveryDocumentIsAPage: every document is in the navigation.
func TestEveryDocumentIsAPage(t *testing.T) {
	t.Parallel()
	s, err := load(repository)
	require.NoError(t, err)
	err = fs.WalkDir(repository, "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			require.Contains(t, s.byFile, name)
		}
		return err
	})
	require.NoError(t, err)
}

// TestSite: pages link to each other, outside the site only with https, and run no scripts.
func TestSite(t *testing.T) {
	t.Parallel()
	s, err := load(repository)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, s.write(dir))
	references := regexp.MustCompile(`(?:href|src)="([^"#]*)[^"]*"`)
	for _, p := range s.pages {
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(p.Path)))
		require.NoError(t, err)
		require.False(t, strings.Contains(string(content), "<script"), p.File)
		for _, match := range references.FindAllStringSubmatch(string(content), -1) {
			if match[1] == "" || strings.HasPrefix(match[1], "https://") {
				continue
			}
			require.FileExists(t, filepath.Join(dir, filepath.FromSlash(path.Join(path.Dir(p.Path), match[1]))), p.File)
		}
	}
}
