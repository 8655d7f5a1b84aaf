//go:build unix

package hostile

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// hanging are requests with a response that never ends.
var hanging = []string{"^GET /v2/$", "/manifests/", "/blobs/sha256", "/blobs/uploads/", "/tags/list$", "/referrers/"}

// TestStalls: if a registry stops responding to any request, each command ends, and names the
// host it waited for.
func TestStalls(t *testing.T) {
	for i, pattern := range hanging {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			stop := make(chan struct{}) // the server does not always notice that a client is gone
			t.Cleanup(func() { close(stop) })
			e.composition(t, repo, tag, innocent)
			e.on(pattern, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = fmt.Fprint(w, "{")
				_ = http.NewResponseController(w).Flush()
				<-stop
			})
			ref := e.host + "/" + repo + ":" + tag
			for _, args := range commandLines(ref, e.host, i) {
				c := newCommand(t)
				c.write("uses.yaml", "services:\n  web:\n    image: "+ref+"\n")
				check(t, args, c.run(append([]string{args[0], "--timeout", "300ms"}, args[1:]...)...))
			}
		})
	}
}

// TestInterrupt: one signal ends any command soon, no matter what it waits for.
func TestInterrupt(t *testing.T) {
	e := newEvil(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	e.on("/manifests/", func(http.ResponseWriter, *http.Request) { <-stop })
	ref := e.host + "/" + repo + ":" + tag
	login := newEvil(t)
	login.on("^GET /v2/$", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	})
	for name, c := range map[string]struct {
		prepare func(t *testing.T, c *command)
		args    []string
	}{
		"a registry": {func(*testing.T, *command) {}, []string{"inspect", ref}},
		"a Compose file that is a FIFO": {func(t *testing.T, c *command) {
			require.NoError(t, syscall.Mkfifo(filepath.Join(c.dir, "compose.yaml"), 0o600))
		}, []string{"push", e.host + "/x"}},
		"a configuration that is a FIFO": {func(t *testing.T, c *command) {
			require.NoError(t, os.MkdirAll(filepath.Join(c.home, ".docker"), 0o700))
			require.NoError(t, syscall.Mkfifo(filepath.Join(c.home, ".docker", "config.json"), 0o600))
		}, []string{"inspect", login.host + "/x:1"}},
		"a credential helper": {func(t *testing.T, c *command) {
			require.NoError(t, os.MkdirAll(filepath.Join(c.home, ".docker"), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(c.home, ".docker", "config.json"), []byte(`{"credsStore":"hangs"}`), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(c.home, "docker-credential-hangs"), []byte("#!/bin/sh\nexec sleep 20\n"), 0o700))
			c.env = append(c.env, "PATH="+c.home+":"+os.Getenv("PATH"))
		}, []string{"inspect", login.host + "/x:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := newCommand(t)
			c.prepare(t, command)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			status := -1
			// Nothing shows that it waits. On a busy machine, the signal may arrive before the
			// program handles signals, and kills it: status -1.
			for delay := time.Second; status == -1 && delay < 20*time.Second; delay *= 2 {
				cmd := exec.CommandContext(ctx, program(), c.args...)
				cmd.Dir, cmd.Env = command.dir, tooltest.Environ(command.home, command.env...)
				require.NoError(t, cmd.Start())
				time.Sleep(delay)
				begin := time.Now()
				require.NoError(t, cmd.Process.Signal(os.Interrupt))
				_ = cmd.Wait()
				require.NoError(t, ctx.Err(), "it hangs")
				t.Logf("%s after the signal", time.Since(begin))
				status = cmd.ProcessState.ExitCode()
			}
			require.Equal(t, 130, status)
		})
	}
}
