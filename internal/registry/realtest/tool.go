package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// ToolsEnv names the environment variable with the folder of the programs
// that tests run; the default is .tools/bin in the repository's root.
const ToolsEnv = "OCOMPOSE_TOOLS"

// Tool finds a program in the tools folder or in PATH. Without it the test is
// skipped with the reason, or fails where CI=true.
func Tool(t testing.TB, program string) string {
	t.Helper()
	dir := os.Getenv(ToolsEnv)
	if dir == "" {
		if root := moduleRoot(); root != "" {
			dir = filepath.Join(root, ".tools", "bin")
		}
	}
	if dir != "" {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	Missing(t, "the program %q is neither in %s nor in PATH", program, ToolsEnv)
	return ""
}

// Missing skips the test with a reason, or fails it where CI=true: there, what
// a test needs has to be installed.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// moduleRoot is the nearest folder above the working directory with a go.mod.
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
