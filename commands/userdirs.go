package commands

import (
	"cmp"
	"errors"
	"path/filepath"
	"runtime"
)

// cacheDir is where the user keeps what can be fetched again.
func (t *terminal) cacheDir() (string, error) {
	return t.userDir("XDG_CACHE_HOME", ".cache", filepath.Join("Library", "Caches"))
}

// dataDir is where the user keeps data of programs.
func (t *terminal) dataDir() (string, error) {
	return t.userDir("XDG_DATA_HOME", filepath.Join(".local", "share"), filepath.Join("Library", "Application Support"))
}

// userDir is a folder of this program's own in one of the user's.
func (t *terminal) userDir(variable, below, belowOnMac string) (string, error) {
	if dir := t.getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ocompose"), nil
	}
	if runtime.GOOS == "windows" {
		if dir := t.getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "ocompose"), nil
		}
	}
	if runtime.GOOS == "darwin" {
		below = belowOnMac
	}
	home := cmp.Or(t.getenv("HOME"), t.getenv("USERPROFILE"))
	if home == "" {
		return "", errors.New("finding the user's folders: neither HOME nor " + variable + " is set")
	}
	return filepath.Join(home, below, "ocompose"), nil
}

// applicationDir is where the files of an application are.
func (t *terminal) applicationDir(c call, name string) (string, error) {
	if dir := c.flags.String("folder"); dir != "" {
		return t.path(dir), nil
	}
	dir, err := t.dataDir()
	return filepath.Join(dir, name), err
}
