package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestTargetIsPingedEarly provides the project, or the package to copy, only after
// the target registry was pinged: the ping adds no latency. A dry run, which pushes nothing,
// sends no requests to the registry.
func TestTargetIsPingedEarly(t *testing.T) {
	t.Parallel()
	from := registrytest.Start(t)
	image := from.Host + "/team/image:1"
	registrytest.PushImage(t, image, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 1, LayerSize: 100})
	file := fmt.Sprintf("services:\n  web:\n    image: %s\n", image)

	for _, command := range []string{"push", "attach"} {
		t.Run(command, func(t *testing.T) {
			to := registrytest.Start(t)
			ref := to.Host + "/team/shop:1"
			args := []string{command, "-f", "-", ref}
			if command == "attach" {
				registrytest.PushImage(t, ref, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 1, LayerSize: 100})
				to.Reset()
				args = append(args, "--service", "web")
			}
			p := programtest.New(t)
			in, out := io.Pipe()
			p.Stdin = in
			go func() {
				err := awaitPing(t.Context(), to)
				if err == nil {
					_, err = io.WriteString(out, file)
				}
				_ = out.CloseWithError(err)
			}()
			p.OK(args...)
			require.Equal(t, 1, to.Count("GET", "^/v2/$"))
		})
	}
	t.Run("dry run", func(t *testing.T) {
		to := registrytest.Start(t)
		p := programtest.New(t)
		p.Stdin = strings.NewReader(file)
		p.OK("push", "--dry-run", "-f", "-", to.Host+"/team/shop:1")
		require.Empty(t, to.Requests())
	})
	t.Run("copy", func(t *testing.T) {
		to := registrytest.Start(t)
		p := programtest.New(t)
		p.Write("compose.yaml", file)
		p.OK("push", from.Host+"/team/shop:1")
		met := func(honest http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if awaitPing(req.Context(), to) != nil {
					panic(http.ErrAbortHandler)
				}
				honest.ServeHTTP(w, req)
			})
		}
		from.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", "/manifests/"), Do: met})
		p.OK("copy", from.Host+"/team/shop:1", to.Host+"/team/shop:1")
		require.Equal(t, 1, to.Count("GET", "^/v2/$"))
	})
}

// awaitPing waits until a registry was pinged. It fails if that takes longer than the limit for a
// program.
func awaitPing(ctx context.Context, s *registrytest.Server) error {
	ctx, cancel := context.WithTimeout(ctx, programtest.Patience)
	defer cancel()
	for s.Count("GET", "^/v2/$") == 0 && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return ctx.Err()
}
