package programtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// Patience is the time after which a program counts as hanging.
const Patience = 2 * time.Minute

// Program runs ocompose, and other programs, with a separate working folder and home.
type Program struct {
	// T is the test that a failure ends.
	T testing.TB
	// Dir is the working folder, which has the project's files.
	Dir string
	// Home is the home folder.
	Home string
	// Env are additional environment variables, KEY=VALUE.
	Env []string
	// Stdin is the standard input of the next program; empty if it is nil.
	Stdin io.Reader
}

// New returns a Program with empty folders.
func New(t testing.TB) *Program {
	return &Program{T: t, Dir: t.TempDir(), Home: t.TempDir()}
}

// Write writes a file to the working folder; the name may have folders, separated by slashes.
func (p *Program) Write(name, content string) {
	p.T.Helper()
	path := filepath.Join(p.Dir, filepath.FromSlash(name))
	require.NoError(p.T, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.T, os.WriteFile(path, []byte(content), 0o644))
}

// Read returns the content of a file in the working folder.
func (p *Program) Read(name string) string {
	p.T.Helper()
	content, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
	require.NoError(p.T, err)
	return string(content)
}

// Result is the output and exit status of a process.
type Result struct {
	Stdout, Stderr string
	Status         int
}

// Run runs ocompose to its end, with any exit status.
func (p *Program) Run(args ...string) Result {
	p.T.Helper()
	return p.Exec("ocompose", args...)
}

// Exec runs a program to its end, with any exit status.
func (p *Program) Exec(path string, args ...string) Result {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = p.Dir
	cmd.Env = tooltest.Environ(p.Home, p.Env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, &stdout, &stderr
	err := cmd.Run()
	require.NoError(p.T, ctx.Err(), "%s %s hangs", path, strings.Join(args, " "))
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(p.T, err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// OK runs ocompose, which must succeed, and returns its standard output without the final
// newline.
func (p *Program) OK(args ...string) string {
	p.T.Helper()
	return p.Output("ocompose", args...)
}

// Output runs a program, which must succeed, and returns its standard output without the final
// newline.
func (p *Program) Output(path string, args ...string) string {
	p.T.Helper()
	end := p.Exec(path, args...)
	require.Zero(p.T, end.Status, "%s %s\n%s%s", filepath.Base(path), strings.Join(args, " "), end.Stdout, end.Stderr)
	return strings.TrimSuffix(end.Stdout, "\n")
}

// Decode runs ocompose, which must succeed and print one JSON document, and decodes that into
// out.
func (p *Program) Decode(out any, args ...string) {
	p.T.Helper()
	require.NoError(p.T, json.Unmarshal([]byte(p.OK(args...)), out))
}
