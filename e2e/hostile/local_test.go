//go:build unix

package hostile

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHomes: a command that stores nothing needs no usable home folder.
func TestHomes(t *testing.T) {
	e := newEvil(t)
	e.composition(t, repo, tag, innocent)
	ref := e.host + "/" + repo + ":" + tag
	none := filepath.Join(t.TempDir(), "none")
	for name, env := range map[string][]string{
		"missing": {"HOME=" + none}, "no folder": {"HOME=/dev/null"}, "empty": {"HOME="}, "without temporary files": {"TMPDIR=" + none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			c.env = append([]string{"XDG_CONFIG_HOME=", "XDG_CACHE_HOME=", "XDG_RUNTIME_DIR=", "DOCKER_CONFIG="}, env...)
			for _, args := range [][]string{{"inspect", ref}, {"pull", "-d", "out", ref}, {"verify", ref}} {
				end := c.known(args...)
				if args[0] == "verify" { // its image does not exist
					require.NotContains(t, end.stderr, "/dev/null")
					continue
				}
				require.Zero(t, end.status, end.stderr)
			}
		})
	}
}
