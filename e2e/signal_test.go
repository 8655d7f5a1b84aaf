//go:build unix

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestSignalEndsAnything signals a command while it waits for what can't be told to end: it
// ends all the same, as interrupted.
func TestSignalEndsAnything(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(p *program, registry string) []string{
		"a project from a FIFO": func(p *program, registry string) []string {
			require.NoError(t, syscall.Mkfifo(filepath.Join(p.dir, "fifo.yaml"), 0o600))
			return []string{"push", "-f", "fifo.yaml", registry + "/shop:1"}
		},
		"credentials from a FIFO": func(p *program, registry string) []string {
			require.NoError(t, os.MkdirAll(filepath.Join(p.home, ".docker"), 0o700))
			require.NoError(t, syscall.Mkfifo(filepath.Join(p.home, ".docker", "config.json"), 0o600))
			return []string{"inspect", registry + "/shop:1"}
		},
		"a credential helper that hangs": func(p *program, registry string) []string {
			config := filepath.Join(p.home, ".docker", "config.json")
			require.NoError(t, os.MkdirAll(filepath.Dir(config), 0o700))
			require.NoError(t, os.WriteFile(config, []byte(`{"credsStore":"hangs"}`), 0o600))
			bin := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(bin, "docker-credential-hangs"), []byte("#!/bin/sh\nexec sleep 60\n"), 0o755))
			p.env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
			return []string{"inspect", registry + "/shop:1"}
		},
	} {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			t.Run(name+"/"+signal.String(), func(t *testing.T) {
				t.Parallel()
				p := newProgram(t)
				args := wait(p, registrytest.Start(t, registry.WithBasicAuth(registry.Access{Users: map[string]string{user: password}})).Host)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				cmd := exec.CommandContext(ctx, "ocompose", args...)
				cmd.Dir, cmd.Env = p.dir, tooltest.Environ(p.home, p.env...)
				require.NoError(t, cmd.Start())
				time.Sleep(500 * time.Millisecond) // signals before it listens are not what is tested
				require.NoError(t, cmd.Process.Signal(signal))
				_ = cmd.Wait()
				require.NoError(t, ctx.Err(), "it hangs")
				require.Equal(t, 130, cmd.ProcessState.ExitCode())
			})
		}
	}
}
