package ignore

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// git runs Git in a folder, without the user's settings.
func git(t testing.TB, dir string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"}, args...)...)
	c.Dir = dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
	out, err := c.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
}

// project makes a repository with a project in a folder. Git tracks files in it that are ignored.
func project(t testing.TB) (repository, dir string) {
	repository = write(t, map[string]string{
		".gitignore": "*.conf\n/app/data/\n", "app/.dockerignore": "docker.conf\n",
		"app/kept.conf": "", "app/own.conf": "", "app/data/kept": "", "app/data/own": "", "app/docker.conf": "", "other/own.conf": "",
	})
	git(t, repository, "init", "-q")
	git(t, repository, "add", ".gitignore", "app/.dockerignore")
	git(t, repository, "add", "--force", "app/kept.conf", "app/data/kept", "app/docker.conf", "other/own.conf")
	return repository, filepath.Join(repository, "app")
}

func requireTracked(t *testing.T, dir string) {
	t.Helper()
	m := New(dir)
	for name, want := range map[string]string{
		"kept.conf": "", "own.conf": ".gitignore", "data/kept": "", "data/own": ".gitignore", "docker.conf": ".dockerignore", "absent.conf": ".gitignore",
	} {
		require.Equal(t, want, m.By(name, false), name)
	}
}

// TestTracked: files that Git tracks are not ignored, in all forms of repositories and indexes.
func TestTracked(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2", "3", "4"} {
		t.Run("version "+version, func(t *testing.T) {
			t.Parallel()
			repository, dir := project(t)
			git(t, repository, "add", "--intent-to-add", "--force", "app/own.conf")
			git(t, repository, "rm", "-q", "--cached", "app/own.conf")
			git(t, repository, "update-index", "--index-version", version)
			requireTracked(t, dir)
		})
	}
	t.Run("worktree", func(t *testing.T) {
		t.Parallel()
		repository, _ := project(t)
		git(t, repository, "commit", "-q", "-m", "m")
		other := filepath.Join(t.TempDir(), "tree")
		git(t, repository, "worktree", "add", "-q", other)
		requireTracked(t, filepath.Join(other, "app"))
	})
	t.Run("submodule", func(t *testing.T) {
		t.Parallel()
		repository, _ := project(t)
		git(t, repository, "commit", "-q", "-m", "m")
		outer := t.TempDir()
		git(t, outer, "init", "-q")
		git(t, outer, "submodule", "add", "-q", repository, "sub")
		requireTracked(t, filepath.Join(outer, "sub", "app"))
	})
	t.Run("the project is the repository", func(t *testing.T) {
		t.Parallel()
		dir := write(t, map[string]string{".gitignore": "*.conf\n", "kept.conf": "", "own.conf": ""})
		git(t, dir, "init", "-q")
		git(t, dir, "add", "--force", "kept.conf")
		m := New(dir)
		require.Empty(t, m.By("kept.conf", false))
		require.Equal(t, ".gitignore", m.By("own.conf", false))
	})
}

// TestTrackedUnknown: if the index can't be read, only the rules count.
func TestTrackedUnknown(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, repository string){
		"split": func(t *testing.T, repository string) { git(t, repository, "update-index", "--split-index") },
		"missing": func(t *testing.T, repository string) {
			require.NoError(t, os.Remove(filepath.Join(repository, ".git", "index")))
		},
		"folder": func(t *testing.T, repository string) {
			require.NoError(t, os.Remove(filepath.Join(repository, ".git", "index")))
			require.NoError(t, os.Mkdir(filepath.Join(repository, ".git", "index"), 0o755))
		},
		"damaged": func(t *testing.T, repository string) {
			require.NoError(t, os.Truncate(filepath.Join(repository, ".git", "index"), 100))
		},
		"no folder": func(t *testing.T, repository string) {
			require.NoError(t, os.RemoveAll(filepath.Join(repository, ".git")))
			require.NoError(t, os.WriteFile(filepath.Join(repository, ".git"), []byte("gitdir: nowhere\n"), 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repository, dir := project(t)
			damage(t, repository)
			require.Equal(t, ".gitignore", New(dir).By("kept.conf", false))
		})
	}
}

// FuzzEntries reads an index of another author: no content makes it panic or take long.
func FuzzEntries(f *testing.F) {
	repository, _ := project(f)
	for _, version := range []string{"2", "4"} {
		git(f, repository, "update-index", "--index-version", version)
		content, err := os.ReadFile(filepath.Join(repository, ".git", "index"))
		require.NoError(f, err)
		f.Add(content)
	}
	f.Fuzz(func(_ *testing.T, content []byte) { entries(content) })
}
