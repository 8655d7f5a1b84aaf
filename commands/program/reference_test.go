package program

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/store"
)

// TestLayoutReferences: a tag or digest is split off from Linux and Windows paths.
func TestLayoutReferences(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("1", 64)
	for rest, want := range map[string][2]string{
		"lay":              {"lay", ""},
		"lay:1.0":          {"lay", "1.0"},
		"a/lay@" + digest:  {"a/lay", digest},
		`C:\a\lay`:         {`C:\a\lay`, ""},
		`C:\a\lay:1.0`:     {`C:\a\lay`, "1.0"},
		"C:/a/lay:1.0":     {"C:/a/lay", "1.0"},
		`C:\lay@` + digest: {`C:\lay`, digest},
		`\\host\lay:1.0`:   {`\\host\lay`, "1.0"},
		"a:b/lay":          {"a:b/lay", ""},
	} {
		layout, ok, err := parseLayout(&terminal.Terminal{Process: terminal.Process{Dir: "/in"}}, store.LayoutPrefix+rest)
		require.NoError(t, err, rest)
		require.True(t, ok)
		require.Equal(t, want[1], layout.ref, rest)
		require.True(t, strings.HasSuffix(layout.dir, want[0]), "%s is %s", rest, layout.dir)
	}
	for _, rest := range []string{"", ":1.0", "lay:", "lay:a b", "lay@sha256:1", "@" + digest} {
		_, ok, err := parseLayout(&terminal.Terminal{}, store.LayoutPrefix+rest)
		require.True(t, ok)
		require.Error(t, err, rest)
	}
}
