package envfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/stretchr/testify/require"
)

// TestSeveralFiles: Parse and the loader agree.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]string{
		"one":               {"A=1\nB=${A}2\n"},
		"empty":             {""},
		"no end of line":    {"A=1", "B=${A}"},
		"a later file":      {"A=1\nB=${A}", "A=2\nC=${A}${B}"},
		"marks":             {"\ufeffA=1\n", "\ufeffB=${A}\n"},
		"comments":          {"# A=1\nA=2 # x\n", "#\nB='${A}'\nC=\"${A}\nD=3\""},
		"the environment":   {"HOME=x\nA=${HOME}\n", "B=${HOME}${A}\n"},
		"without a value":   {"HOME\nNOTHING\nA=${NOTHING:-z}"},
		"something missing": {"A=1\n", "\n\nB='\n"},
		"a space in a name": {"A=1\n\n", "\nB C=1\n"},
		"required":          {"A=1\n", "B=${A?needed}\nC=${MISSING?needed}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"HOME": "/root"}
			dir := t.TempDir()
			var paths []string
			var parsed []File
			for i, content := range files {
				path := filepath.Join(dir, string(rune('a'+i)))
				require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
				read, err := Read(path)
				require.NoError(t, err)
				paths, parsed = append(paths, path), append(parsed, File{path, read})
			}
			want, wantErr := dotenv.GetEnvFromFile(env, paths)
			got, err := Parse(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, parsed...)
			if wantErr != nil {
				require.ErrorContains(t, wantErr, errorLine.ReplaceAllString(unwrapped(t, err).Error(), "")) // the loader counts some lines twice
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func unwrapped(t *testing.T, err error) error {
	t.Helper()
	var wrong *Error
	require.ErrorAs(t, err, &wrong)
	return wrong.Err
}

func TestReadDevices(t *testing.T) {
	t.Parallel()
	content, err := Read(os.DevNull)
	require.NoError(t, err)
	require.Empty(t, content)
	if _, err := os.Stat("/dev/zero"); err == nil {
		_, err = Read("/dev/zero")
		require.ErrorIs(t, err, errTooLarge)
	}
}

// FuzzParse: no env file takes much time or memory, and the check never accepts values longer
// than its limits.
func FuzzParse(f *testing.F) {
	f.Add([]byte("A=1\nexport B=\"${A:-${A}}\\0044\"\n#\nC: '\n'\nD\n"))
	f.Add([]byte("\ufeffA=\"\nX=${A}\"\nA=${A}${A}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		lookup := func(string) (string, bool) { return "", false }
		c := checker{lookup: lookup, sizes: map[string]int{}}
		if len(content) > 10_000 || c.run(content) != nil {
			return
		}
		vars, err := Parse(nil, File{"x", content})
		if err != nil {
			return
		}
		total := 0
		for _, v := range vars {
			total += len(v)
		}
		require.LessOrEqual(t, total, c.total)
	})
}
