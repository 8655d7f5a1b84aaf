package limits

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.json")
	_, err := ReadFile(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
	content, err := ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{}", string(content))

	var tooLong *Error
	require.NoError(t, os.Truncate(path, LocalFile+1))
	_, err = ReadFile(path)
	require.ErrorAs(t, err, &tooLong)
	if _, err := os.Stat("/dev/zero"); err == nil {
		_, err = ReadFile("/dev/zero")
		require.ErrorAs(t, err, &tooLong)
	}
}
