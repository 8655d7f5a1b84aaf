//go:build unix

package hostile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// Limits of a command with any registry.
const (
	maxMemory    = 256 << 20 // bytes
	maxProcessor = 5 * time.Second
	maxOutput    = 64 << 10 // bytes on stderr
	// patience is the time after which a command counts as hanging and is terminated. It is not
	// a limit: a busy machine takes longer for everything.
	patience = 3 * time.Minute
)

// programEnv names another program to test, such as a released one. A command or flag that
// it does not have skips the test.
const programEnv = "OCOMPOSE_HOSTILE_PROGRAM"

// program is the program to test.
func program() string { return cmp.Or(os.Getenv(programEnv), "ocompose") }

// ended is the result of a process.
type ended struct {
	stdout, stderr string
	status         int
	memory         int64 // peak resident memory in bytes
	processor      time.Duration
	// unknown is true if the program does not have the command or a flag.
	unknown bool
}

// command runs ocompose in a separate working folder and home.
type command struct {
	t         testing.TB
	dir, home string
	env       []string
}

func newCommand(t testing.TB) *command { return &command{t: t, dir: t.TempDir(), home: t.TempDir()} }

// write writes a file to the working folder.
func (c *command) write(name, content string) {
	c.t.Helper()
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	require.NoError(c.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(c.t, os.WriteFile(path, []byte(content), 0o644))
}

// run runs the program to its end.
func (c *command) run(args ...string) ended {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	usage := filepath.Join(c.t.TempDir(), "usage")
	cmd := exec.CommandContext(ctx, "measured", append([]string{usage}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Dir, cmd.Env = c.dir, tooltest.Environ(c.home, c.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(c.t, err)
	}
	var u resources
	raw, err := os.ReadFile(usage)
	require.NoError(c.t, err, head(stderr.String()))
	require.NoError(c.t, json.Unmarshal(raw, &u))
	end := ended{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), u.Memory, u.Processor, false}
	end.unknown = os.Getenv(programEnv) != "" && end.status == 2 && !strings.Contains(end.stderr, "goroutine ")
	require.NoError(c.t, ctx.Err(), "%s hangs; %d MiB, %s\n%s", strings.Join(args, " "), end.memory>>20, end.processor, head(end.stderr))
	return end
}

// known is run for a command that a test can't do without.
func (c *command) known(args ...string) ended {
	c.t.Helper()
	end := c.run(args...)
	if end.unknown {
		c.t.Skipf("%s: %s", strings.Join(args, " "), firstLine(end.stderr))
	}
	return end
}

// head returns the beginning of a text.
func head(text string) string { return text[:min(len(text), 2000)] }

// resources are the resources used by a process.
type resources struct {
	Memory    int64
	Processor time.Duration
}

// measured runs ocompose and writes its resource usage to the file in the first argument. It is a
// separate process, because the memory of a process starts with that of its parent, and these
// tests need much.
func measured() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cmd := exec.CommandContext(ctx, program(), os.Args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		stop()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125) //nolint:gocritic // stop is called
	}
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	raw, err := json.Marshal(resources{maxResident(usage), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()})
	if err == nil {
		err = os.WriteFile(os.Args[1], raw, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}
