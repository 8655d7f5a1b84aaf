// Package tooltest finds the real programs that tests run: registries, Docker Compose, the Docker
// engine and other registry clients.
//
// On a developer's machine, a test is skipped if a program is missing. In CI it fails, because a
// test that silently stops running proves nothing. hack/tools.sh installs all programs.
package tooltest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Environment variables for the search.
const (
	// ToolsEnv is the folder that hack/tools.sh installs into, if it is not the default,
	// .tools/bin in the module's root.
	ToolsEnv = "OCOMPOSE_TOOLS"
	// CIEnv is "true" if a missing program must fail the test.
	CIEnv = "CI"
)

// Lookup returns the absolute path of the program called name. It looks in the tools folder, then
// in PATH, then in the system folders for daemons, which are not in every user's PATH. If there
// is none, it ends the test like Missing.
func Lookup(t testing.TB, name string) string {
	t.Helper()
	path, err := Find(name)
	if err != nil {
		Missing(t, "%v; hack/tools.sh installs it", err)
	}
	return path
}

// Find is Lookup for an optional program.
func Find(name string) (string, error) { return find(name, toolsDir()) }

// Missing ends the test because a requirement is missing: it skips it on a developer's machine,
// and fails it in CI. The format describes the requirement.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(CIEnv) == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// find looks for an executable called name in the tools folder, PATH and the folders for daemons.
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

// toolsDir returns the folder that hack/tools.sh installs into, or "" outside the module.
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
		// make and CI set it relative to the root, while a test runs in its package's folder.
		return filepath.Join(root, dir)
	}
}

// moduleRoot returns the closest folder at or above the working directory that has a go.mod, or
// "".
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

// Environ returns the environment for a program that must not see the user's files: HOME and the
// XDG folders are in home, variables of Docker and Compose are removed, and extra ("KEY=VALUE")
// overrides all others.
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
