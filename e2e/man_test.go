package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestManualPages has man show each page, without a warning.
func TestManualPages(t *testing.T) {
	t.Parallel()
	man := tooltest.Lookup(t, "man")
	p := newProgram(t)
	p.env = []string{"MANROFFSEQ=", "MANWIDTH=80", "LC_ALL=C.UTF-8"}
	written := strings.Split(p.ok("man", "share/man1"), "\n")
	require.Len(t, written, len(commands.Names())+1)
	for _, page := range written {
		end := p.exec(man, "--warnings", "--local-file", filepath.Join(p.dir, page))
		require.Zero(t, end.status, "%s: %s", page, end.stderr)
		require.Empty(t, end.stderr, page)
		require.Regexp(t, `(?s)NAME\n +ocompose(-\w+)? +- .*SYNOPSIS.*EXIT STATUS`, end.stdout, page)
	}
	push := p.exec(man, "--local-file", filepath.Join(p.dir, "share/man1/ocompose-push.1")).stdout
	require.Contains(t, push, "ocompose push [flags] REF")
	require.Contains(t, push, "-f, --file FILE")
	require.Contains(t, push, "ocompose push registry.example.com/shop:1.0")
}
