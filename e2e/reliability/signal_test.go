//go:build unix

package reliability

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestSignalEndsBlockedCommands signals a command that waits for something that can't be interrupted: it
// ends anyway, with the status of an interrupt.
func TestSignalEndsBlockedCommands(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(p *programtest.Program, registry string) []string{
		"a project from a FIFO": func(p *programtest.Program, registry string) []string {
			require.NoError(t, syscall.Mkfifo(filepath.Join(p.Dir, "fifo.yaml"), 0o600))
			return []string{"push", "-f", "fifo.yaml", registry + "/shop:1"}
		},
		"credentials from a FIFO": func(p *programtest.Program, registry string) []string {
			require.NoError(t, os.MkdirAll(filepath.Join(p.Home, ".docker"), 0o700))
			require.NoError(t, syscall.Mkfifo(filepath.Join(p.Home, ".docker", "config.json"), 0o600))
			return []string{"inspect", registry + "/shop:1"}
		},
		"a credential helper that hangs": func(p *programtest.Program, registry string) []string {
			config := filepath.Join(p.Home, ".docker", "config.json")
			require.NoError(t, os.MkdirAll(filepath.Dir(config), 0o700))
			require.NoError(t, os.WriteFile(config, []byte(`{"credsStore":"hangs"}`), 0o600))
			bin := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(bin, "docker-credential-hangs"), []byte("#!/bin/sh\nexec sleep 60\n"), 0o755))
			p.Env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
			return []string{"inspect", registry + "/shop:1"}
		},
	} {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(name+"/"+signal.String(), func(t *testing.T) {
				t.Parallel()
				p := programtest.New(t)
				args := wait(p, registrytest.Start(t, registry.WithBasicAuth(registry.Access{Users: map[string]string{registrytest.User: registrytest.Password}})).Host)
				// A signal before the program handles it kills it, which is not tested. A busy
				// machine gets another try with more time.
				status := -1
				for delay := 500 * time.Millisecond; status == -1 && delay < 10*time.Second; delay *= 2 {
					status = signaled(t, p, signal, delay, args...)
				}
				require.Equal(t, 130, status)
			})
		}
	}
}

// signaled starts ocompose, sends it a signal after a delay, and returns its exit status: -1 if the
// signal killed it.
func signaled(t *testing.T, p *programtest.Program, signal os.Signal, delay time.Duration, args ...string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), programtest.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ocompose", args...)
	cmd.Dir, cmd.Env = p.Dir, tooltest.Environ(p.Home, p.Env...)
	require.NoError(t, cmd.Start())
	time.Sleep(delay)
	require.NoError(t, cmd.Process.Signal(signal))
	_ = cmd.Wait()
	require.NoError(t, ctx.Err(), "it hangs")
	return cmd.ProcessState.ExitCode()
}
