package loading

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/marks"
)

// TestGuardAlone loads hostile files that were not checked before: the guard alone must keep the
// loader inside.
func TestGuardAlone(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.yaml")
	require.NoError(t, os.WriteFile(secret, []byte("services: {s: {image: hidden}}\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(outside, ".env"), []byte("SECRET=hidden\n"), 0o600))
	t.Chdir(outside)
	for _, compose := range []string{
		"include: ['" + secret + "']",
		"include: [{path: ['" + secret + "']}]",
		"include: ['" + strings.Repeat("../", 100) + secret + "']",
		"include: ['" + strings.Repeat("../", maxClimb) + secret + "']",
		"include: [{path: ok.yaml, env_file: '" + outside + "/.env'}]",
		"include: [{path: ok.yaml, env_file: ['" + outside + "/.env']}]",
		"include: [{path: ok.yaml, project_directory: '" + outside + "'}]",
		"services: {a: {extends: {file: '" + secret + "', service: s}}}",
		"services: {a: {extends: {file: '~/secret.yaml', service: s}}}",
		"services: {a: {extends: {file: nested.yaml, service: s}}}",
		"include: [secret.yaml]",
	} {
		stage, err := NewStage([]StagedFile{
			{Name: "compose.yaml", IsCompose: true, Content: []byte(compose)},
			{Name: "ok.yaml", Content: []byte("services: {b: {image: 'b:${SECRET}'}}")},
			{Name: "nested.yaml", Content: []byte("services: {s: {extends: {file: '" + secret + "', service: s}}}")},
		})
		require.NoError(t, err)
		require.NoError(t, stage.Write())
		model, err := Load(t.Context(), Input{Dir: stage.Root, Within: stage.Root, Files: stage.Files, Name: "x", Marks: testMarks(t)}, Options{})
		stage.Remove()
		require.Error(t, err, "%s: %v", compose, model)
		require.NotContains(t, err.Error(), "hidden", compose)
	}
}

// TestChainOfIncludesStaysInside climbs with project directories, which may be empty: one include
// after the other, until one is a folder outside with an .env file.
func TestChainOfIncludesStaysInside(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, ".env"), []byte("SECRET=hidden\n"), 0o600))
	for length := range 8 {
		climb := strings.Repeat("../", maxClimb)
		down := func(n int) string { return strings.Repeat("d/", n*maxClimb) }
		files := []StagedFile{{Name: "compose.yaml", IsCompose: true, Content: []byte("include: [{path: f0.yaml, project_directory: " + climb + "}]\n")}}
		for i := range length {
			files = append(files, StagedFile{Name: fmt.Sprintf("f%d.yaml", i),
				Content: fmt.Appendf(nil, "include: [{path: %sf%d.yaml, project_directory: %s}]\n", down(i+1), i+1, climb)})
		}
		last := fmt.Sprintf("f%d.yaml", length)
		files = append(files,
			StagedFile{Name: last, Content: fmt.Appendf(nil, "include: [{path: %sok.yaml, project_directory: %s}]\n", down(length+1), climb+outside[1:])},
			StagedFile{Name: "ok.yaml", Content: []byte("services: {a: {image: 'a:${SECRET}'}}\n")})
		stage, err := NewStage(files)
		require.NoError(t, err)
		require.NoError(t, stage.Write())
		model, err := Load(t.Context(), Input{Dir: stage.Root, Within: stage.Root, Files: stage.Files, Name: "x", Marks: testMarks(t)}, Options{})
		stage.Remove()
		require.Error(t, err, "%v", model)
	}
}

func TestStageIsDeep(t *testing.T) {
	t.Parallel()
	stage, err := NewStage([]StagedFile{{Name: "compose.yaml", IsCompose: true, Content: []byte("services: {}")}})
	require.NoError(t, err)
	require.NoError(t, stage.Write())
	defer stage.Remove()
	top, err := filepath.Rel(stage.top, filepath.Join(stage.Root, strings.Repeat("../", 2*maxClimb)))
	require.NoError(t, err)
	require.True(t, filepath.IsLocal(top))
}

// testMarks are marks for ASCII files.
func testMarks(t testing.TB) Marks {
	t.Helper()
	m, err := NewMarks(&marks.Set{})
	require.NoError(t, err)
	return m
}

// TestStageRejectsNames adds names to a stage that a folder can't have.
func TestStageRejectsNames(t *testing.T) {
	t.Parallel()
	for name, names := range map[string][]string{
		"twice":                      {"a", "a"},
		"twice, by other paths":      {"a/b", "a/./b"},
		"a file in a file":           {"a", "a/b"},
		"a file instead of a folder": {"a/b", "a"},
		"the folder itself":          {"."},
		"the compose file":           {"compose.yaml"},
		"a file in the compose file": {"compose.yaml/a"},
		"too long":                   {"a/" + strings.Repeat("x", 256)},
		"upwards":                    {"../a"},
		"upwards and down":           {"a/../../b"},
		"absolute":                   {"/a"},
		"a folder":                   {"a/"},
		"other separators":           {`a\b`},
		"a NUL":                      {"a\x00"},
		"none":                       {""},
	} {
		files := []StagedFile{{Name: "compose.yaml", IsCompose: true, Content: []byte("services: {}")}}
		for _, name := range names {
			files = append(files, StagedFile{Name: name})
		}
		_, err := NewStage(files)
		require.Error(t, err, name)
	}
}

// TestStageReads compares a stage in memory with the same stage on disk.
func TestStageReads(t *testing.T) {
	t.Parallel()
	stage, err := NewStage([]StagedFile{
		{Name: "compose.yaml", IsCompose: true, Content: []byte("a")}, {Name: "more.yaml", IsCompose: true, Content: []byte("b")},
		{Name: "d/e/f", Content: []byte("c")}, {Name: "empty"},
	})
	require.NoError(t, err)
	require.NoDirExists(t, stage.top)
	require.NoError(t, stage.Write())
	for name, want := range map[string]string{"compose.yaml": "a\n---\nb", "d/e/f": "c", "empty": "", "d": "error", "d/e": "error", "": "error", "gone": "error", "more.yaml": "error"} {
		path := filepath.Join(stage.Root, name)
		got, err := stage.Read(path)
		onDisk, diskErr := localfile.Read(path)
		require.Equal(t, want == "error", err != nil, name)
		require.Equal(t, want == "error", diskErr != nil, name)
		if want != "error" {
			require.Equal(t, want, string(got), name)
			require.Equal(t, want, string(onDisk), name)
		}
	}
	stage.Remove()
	require.NoDirExists(t, stage.top)
}
