//go:build unix

package hostile

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// files puts a composition with a Compose file and more files with these names.
func (e *evil) files(more string, names ...string) {
	file := e.blob(innocent)
	layers := []string{fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:"compose.yaml"}}`, composeFile, file.Size, file.Digest, title)}
	for i, name := range names {
		content := e.blob(fmt.Sprintf("file %d", i))
		layers = append(layers, fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:%q%s}}`, extraFile, content.Size, content.Digest, title, name, more))
	}
	e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+list(layers...)+"]}"))
}

// tree returns the files below a folder of the command.
func (c *command) tree(dir string) []string {
	c.t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(c.dir, dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path, err = filepath.Rel(c.dir, path)
			names = append(names, path)
		}
		return err
	})
	if !os.IsNotExist(err) {
		require.NoError(c.t, err)
	}
	return names
}

// TestPullKeepsFolders: a folder with the name of a file stays, even with --force, which the hint
// does not suggest.
func TestPullKeepsFolders(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"src", "src/deep"} {
		e, c := newEvil(t), newCommand(t)
		e.files("", name)
		c.write("out/"+name+"/.git/HEAD", "ref: refs/heads/main")
		c.write("out/"+name+"/work.go", "package work")
		before := c.tree("out")
		ref := e.host + "/" + repo + ":" + tag
		for _, args := range [][]string{{"pull", "-d", "out", ref}, {"pull", "--force", "-d", "out", ref}} {
			end := c.known(args...)
			require.Equal(t, 1, end.status, end.stderr)
			require.NotContains(t, end.stderr, "or use --force")
			require.Equal(t, before, c.tree("out"))
		}
	}
}

// TestPullRejectsNames: colliding names, names of files that other programs use, and names that
// another system reads differently are rejected before a file is written.
func TestPullRejectsNames(t *testing.T) {
	for _, names := range [][]string{
		{"x/y", "x"}, {"x", "x/y"}, {"x", "X/y"}, {"x/a/b", "X/A"}, {"a.txt", "A.TXT"}, {"e\u0301", "\u00e9"}, {"x/e\u0301/a", "x/\u00e9/b"}, {"stra\u00dfe", "STRASSE"},
		{"CON"}, {"nul.txt"}, {"a/com1.log"}, {"LPT\u00b9"}, {"a."}, {"a./b"}, {"a /b"},
		{".git/hooks/pre-commit"}, {".GIT/config"}, {"a/b/.Git/config"}, {".g\u200cit/config"}, {"GIT~1/config"},
	} {
		t.Run(strings.Join(names, " and "), func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			e.files("", names...)
			for _, args := range [][]string{{"pull", "-d", "out"}, {"pull", "--force", "-d", "out"}} {
				end := c.known(append(args, e.host+"/"+repo+":"+tag)...)
				require.NotZero(t, end.status, "%v", c.tree("out"))
				require.Empty(t, c.tree("out"))
			}
		})
	}
}

// TestPullRejectsHiddenFiles: files that shells, ssh or docker read automatically are written only on
// request.
func TestPullRejectsHiddenFiles(t *testing.T) {
	executable := `,"dev.ocompose.file.executable":"true"`
	for name, more := range map[string]string{
		".bashrc": "", ".profile": "", "home/.zshenv": "", ".ssh/authorized_keys": "", ".docker/config.json": "", ".config/run.sh": executable, ".envrc": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			e.files(more, name)
			ref := e.host + "/" + repo + ":" + tag
			end := c.run("pull", "-d", "out", ref)
			require.Equal(t, 1, end.status, "%v", c.tree("out"))
			require.Contains(t, end.stderr, "--allow-hidden")
			require.Empty(t, c.tree("out"))
			require.Zero(t, c.known("pull", "--allow-hidden", "-d", "out", ref).status)
			require.Contains(t, c.tree("out"), filepath.Join("out", name))
		})
	}
}

// TestPullBoundsTheSize: files above the size limit are not requested.
func TestPullBoundsTheSize(t *testing.T) {
	t.Parallel()
	e, c := newEvil(t), newCommand(t)
	file := e.blob(innocent)
	e.put(repo, tag, manifestType, fmt.Appendf(nil, `%s{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:"compose.yaml"}},%s]}`,
		manifestOf(compositionType), composeFile, file.Size, file.Digest, title, layer("large", number(1), 1<<50)))
	sent := 0
	e.on("GET .*/blobs/"+number(1), func(w http.ResponseWriter, _ *http.Request) {
		for ; sent < 256; sent++ {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	end := c.run("pull", "-d", "out", e.host+"/"+repo+":"+tag)
	require.Equal(t, 1, end.status, end.stderr)
	require.Zero(t, sent, "MiB were read")
	require.Empty(t, c.tree("out"))
}
