//go:build unix

package hostile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
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

// TestFailuresLeaveNothing: what a failed command created is gone, with the folders that it made,
// and what existed before stays.
func TestFailuresLeaveNothing(t *testing.T) {
	e := newEvil(t)
	b := newBundle(e)
	b.image.Layers[1].Size++
	b.put(t)
	bundle := e.host + "/" + repo + ":" + tag
	e.put("evil/files", tag, manifestType, []byte(manifestOf(compositionType)+list(layer("a/b", e.blob("a").Digest.String(), 1), layer("c/d", number(1), 5))+"]}"))
	files := e.host + "/evil/files:" + tag
	for _, args := range [][]string{
		{"pull", "-d", "new", files},
		{"pull", "-d", "new/a/b", files},
		{"pull", "-d", "there/a/../b/c", files},
		{"save", bundle, "new.tar"},
		{"save", bundle, "new.tar.zst"},
		{"save", bundle, "new/"},
		{"save", bundle, "oci-layout:new/a/b"},
		{"save", bundle, "oci-layout:there/a/b"},
		{"save", bundle, "there/new.tar.gz"},
	} {
		t.Run(strings.ReplaceAll(strings.Join(args[1:], " "), e.host, ""), func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			c.write("there/own", "mine")
			before := c.names()
			end := c.known(args...)
			require.Contains(t, []int{1, 3, 4}, end.status, end.stderr)
			require.Equal(t, before, c.names())
		})
	}
}

// names returns all files and folders of the command.
func (c *command) names() (names []string) {
	c.t.Helper()
	require.NoError(c.t, filepath.Walk(c.dir, func(path string, _ os.FileInfo, err error) error {
		names = append(names, path)
		return err
	}))
	return names
}

// TestLocalFailuresAreNamed: a failure to write is not reported as a failure to read the registry.
func TestLocalFailuresAreNamed(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	e, c := newEvil(t), newCommand(t)
	newBundle(e).put(t)
	ref := e.host + "/" + repo + ":" + tag
	for _, args := range [][]string{{"save", ref, "-"}, {"inspect", ref}, {"inspect", "-o", "json", ref}, {"images", ref}, {"version"}} {
		cmd := exec.Command(program(), args...)
		cmd.Dir, cmd.Env, cmd.Stdout = c.dir, tooltest.Environ(c.home), full
		var stderr strings.Builder
		cmd.Stderr = &stderr
		require.Error(t, cmd.Run())
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		last := lines[len(lines)-1]
		require.True(t, strings.HasPrefix(last, "ocompose: writing the "), last)
		require.Contains(t, last, "no space left on device")
		require.NotContains(t, last, e.host)
	}
}
