package terminal

import (
	"cmp"
	"errors"
	"path/filepath"
	"runtime"
)

// CacheDir returns the folder for the user's cached data.
func (t *Terminal) CacheDir() (string, error) {
	return t.userDir("XDG_CACHE_HOME", ".cache", filepath.Join("Library", "Caches"))
}

// DataDir returns the folder for the user's application data.
func (t *Terminal) DataDir() (string, error) {
	return t.userDir("XDG_DATA_HOME", filepath.Join(".local", "share"), filepath.Join("Library", "Application Support"))
}

// userDir returns this program's folder in one of the user's folders.
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
