// Package tooltest finds the real programs that tests run against: registries,
// Docker Compose, the Docker engine and other registry clients.
//
// A developer's machine may lack any of them, and the rest of the tests is
// worth running all the same, so a missing program skips the test. In CI
// nothing may be missing: there it fails the test, because a test that
// silently stops running proves nothing. hack/tools.sh installs them all.
package tooltest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Environment variables that steer the search.
const (
	// ToolsEnv names the folder that hack/tools.sh installs into, where it is
	// not the default, .tools/bin under the module's root.
	ToolsEnv = "OCOMPOSE_TOOLS"
	// CIEnv is "true" where a missing program has to fail the test.
	CIEnv = "CI"
)

// Lookup returns the absolute path of the program called name. It looks in the
// tools folder first, then in PATH, then in the system folders for daemons,
// which are not in every user's PATH. Where there is none it does what
// Missing does.
func Lookup(t testing.TB, name string) string {
	t.Helper()
	path, err := Find(name)
	if err != nil {
		Missing(t, "%v; hack/tools.sh installs it", err)
	}
	return path
}

// Find is Lookup for a program that a test can do without.
func Find(name string) (string, error) { return find(name, toolsDir()) }

// Missing ends the test because something it needs is not there: skipped on
// a developer's machine, failed in CI. The format says what is missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(CIEnv) == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// find looks for an executable called name in tools, PATH and the folders for
// daemons.
func find(name, tools string) (string, error) {
	if name == "" || name != filepath.Base(name) {
		return "", fmt.Errorf("%q is not the name of a program", name)
	}
	if tools != "" {
		if path, err := exec.LookPath(filepath.Join(tools, name)); err == nil {
			return filepath.Abs(path)
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return filepath.Abs(path)
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s in %s, PATH or /usr/sbin", name, tools)
}

// toolsDir is the folder that hack/tools.sh installs into, or "" outside of
// the module.
func toolsDir() string {
	root := moduleRoot()
	dir := os.Getenv(ToolsEnv)
	switch {
	case dir == "" && root == "":
		return ""
	case dir == "":
		return filepath.Join(root, ".tools", "bin")
	case filepath.IsAbs(dir):
		return dir
	default:
		// make and CI set it relative to the root, while a test runs in its
		// package's folder.
		return filepath.Join(root, dir)
	}
}

// moduleRoot is the closest folder at or above the working directory that has
// a go.mod, or "".
func moduleRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// Environ returns the environment for a program that must not see the user's
// own files: HOME and the XDG folders are in home, Docker's and Compose's
// variables are gone, and extra ("KEY=VALUE") comes last and so wins.
func Environ(home string, extra ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(key, "DOCKER_"), strings.HasPrefix(key, "COMPOSE_"),
			strings.HasPrefix(key, "XDG_"), strings.HasPrefix(key, "OTEL_"), strings.HasPrefix(key, "REGISTRY_"),
			key == "HOME", key == "SOURCE_DATE_EPOCH":
			continue
		}
		env = append(env, kv)
	}
	env = append(env,
		"HOME="+home,
		"XDG_CACHE_HOME="+filepath.Join(home, ".cache"),
		"XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
		"XDG_RUNTIME_DIR="+filepath.Join(home, ".run"),
		"DOCKER_CONFIG="+filepath.Join(home, ".docker"),
	)
	return append(env, extra...)
}
