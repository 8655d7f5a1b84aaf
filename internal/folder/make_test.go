package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/folder"
)

func TestMake(t *testing.T) {
	top := t.TempDir()
	undo, err := folder.Make(filepath.Join(top, "a", "b", "c"))
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(top, "a", "b", "c"))
	undo()
	require.NoDirExists(t, filepath.Join(top, "a"))
	require.DirExists(t, top)

	// Folders that existed before, or are used by others, stay.
	require.NoError(t, os.MkdirAll(filepath.Join(top, "x"), 0o755))
	undo, err = folder.Make(filepath.Join(top, "x", "y", "z"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(top, "x", "y", "file"), nil, 0o600))
	undo()
	require.NoDirExists(t, filepath.Join(top, "x", "y", "z"))
	require.FileExists(t, filepath.Join(top, "x", "y", "file"))
	undo, err = folder.Make(filepath.Join(top, "x"))
	require.NoError(t, err)
	undo()
	require.DirExists(t, filepath.Join(top, "x"))

	// A file in the way is an error, and nothing is made.
	_, err = folder.Make(filepath.Join(top, "x", "y", "file", "z"))
	require.Error(t, err)
}
