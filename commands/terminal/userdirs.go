package terminal

import (
	"cmp"
	"errors"
	"path/filepath"
	"runtime"
)

// CacheDir is where the user keeps what can be fetched again.
func (t *Terminal) CacheDir() (string, error) {
	return t.userDir("XDG_CACHE_HOME", ".cache", filepath.Join("Library", "Caches"))
}

// DataDir is where the user keeps data of programs.
func (t *Terminal) DataDir() (string, error) {
	return t.userDir("XDG_DATA_HOME", filepath.Join(".local", "share"), filepath.Join("Library", "Application Support"))
}

// userDir is a folder of this program's own in one of the user's.
func (t *Terminal) userDir(variable, below, belowOnMac string) (string, error) {
	if dir := t.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ocompose"), nil
	}
	if runtime.GOOS == "windows" {
		if dir := t.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "ocompose"), nil
		}
	}
	if runtime.GOOS == "darwin" {
		below = belowOnMac
	}
	home := cmp.Or(t.Getenv("HOME"), t.Getenv("USERPROFILE"))
	if home == "" {
		return "", errors.New("finding the user's folders: neither HOME nor " + variable + " is set")
	}
	return filepath.Join(home, below, "ocompose"), nil
}
