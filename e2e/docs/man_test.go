package docs

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestManualPages shows each page with man, without warnings.
func TestManualPages(t *testing.T) {
	t.Parallel()
	man := tooltest.Lookup(t, "man")
	p := programtest.New(t)
	p.Env = []string{"MANROFFSEQ=", "MANWIDTH=80", "LC_ALL=C.UTF-8"}
	written := strings.Split(p.OK("man", "share/man1"), "\n")
	require.Len(t, written, len(commands.Names())+1)
	for _, page := range written {
		end := p.Exec(man, "--warnings", "--local-file", filepath.Join(p.Dir, page))
		require.Zero(t, end.Status, "%s: %s", page, end.Stderr)
		require.Empty(t, end.Stderr, page)
		require.Regexp(t, `(?s)NAME\n +ocompose(-\w+)? +- .*SYNOPSIS.*EXIT STATUS`, end.Stdout, page)
	}
	push := p.Exec(man, "--local-file", filepath.Join(p.Dir, "share/man1/ocompose-push.1")).Stdout
	require.Contains(t, push, "ocompose push [flags] REF")
	require.Contains(t, push, "-f, --file FILE")
	require.Contains(t, push, "ocompose push registry.example.com/shop:1.0")
}
