package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestTargetIsMetWhileTheSourceIsRead gives the project, or the package to copy,
// only when the registry that it goes to was pinged: the round trip costs no time of
// its own. A dry run, which pushes nothing, leaves the registry alone.
func TestTargetIsMetWhileTheSourceIsRead(t *testing.T) {
	t.Parallel()
	from := registrytest.Start(t)
	image := from.Host + "/team/image:1"
	registrytest.PushImage(t, image, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 1, LayerSize: 100})
	file := fmt.Sprintf("services:\n  web:\n    image: %s\n", image)

	for _, command := range []string{"push", "attach"} {
		t.Run(command, func(t *testing.T) {
			to := registrytest.Start(t)
			ref := to.Host + "/team/shop:1"
			registrytest.PushImage(t, ref, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 1, LayerSize: 100})
			to.Reset()
			args := []string{command, "-f", "-", ref}
			if command == "attach" {
				args = append(args, "--service", "web")
			}
			given := func() bool { return to.Count("GET", "^/v2/$") == 1 }
			end := pipe(t, file, given, args...)
			require.Zero(t, end.status, end.stderr)
			require.Equal(t, 1, to.Count("GET", "^/v2/$"))
		})
	}
	t.Run("dry run", func(t *testing.T) {
		to := registrytest.Start(t)
		end := pipe(t, file, func() bool { return true }, "push", "--dry-run", "-f", "-", to.Host+"/team/shop:1")
		require.Zero(t, end.status, end.stderr)
		require.Empty(t, to.Requests())
	})
	t.Run("copy", func(t *testing.T) {
		to := registrytest.Start(t)
		p := newProgram(t)
		p.write("compose.yaml", file)
		p.ok("push", from.Host+"/team/shop:1")
		met := func(honest http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				for to.Count("GET", "^/v2/$") == 0 && req.Context().Err() == nil {
					time.Sleep(time.Millisecond)
				}
				honest.ServeHTTP(w, req)
			})
		}
		from.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "/manifests/"), Do: met})
		p.ok("copy", from.Host+"/team/shop:1", to.Host+"/team/shop:1")
		require.Equal(t, 1, to.Count("GET", "^/v2/$"))
	})
}

// pipe runs ocompose and gives it its standard input when the time has come.
func pipe(t *testing.T, stdin string, now func() bool, args ...string) ended {
	t.Helper()
	p := newProgram(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ocompose", args...)
	cmd.Dir, cmd.Env = p.dir, tooltest.Environ(p.home)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.Eventually(t, now, patience, time.Millisecond)
	_, err = fmt.Fprint(in, stdin)
	require.NoError(t, err)
	require.NoError(t, in.Close())
	_ = cmd.Wait() // its status tells
	require.NoError(t, ctx.Err(), "it hangs")
	return ended{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
