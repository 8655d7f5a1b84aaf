package terminal

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestProgressOnATerminal pushes a bundle to a slow registry on a terminal: a line for the image
// is drawn, and erased at the end.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	script := tooltest.Lookup(t, "script")
	from, to := registrytest.Start(t), registrytest.Start(t)
	registrytest.PushImage(t, from.Host+"/images/web:1.0", registrytest.ImageSpec{Platforms: programtest.Platforms(), Layers: 3})
	to.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", "uploads"), Do: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			next.ServeHTTP(w, r)
		})
	}})
	p := programtest.New(t)
	p.Write("compose.yaml", "services: {web: {image: "+from.Host+"/images/web:1.0}}\n")
	p.Env = []string{"TERM=xterm"}
	end := p.Exec(script, "-qec", "stty rows 24 cols 100; ocompose push --bundle --jobs 2 "+to.Host+"/apps/shop:1", "/dev/null")
	require.Zero(t, end.Status, end.Stdout)
	require.Contains(t, end.Stdout, from.Host+"/images/web:1.0")
	require.Regexp(t, `\[=* *\]  [\d.]+ of [\d.]+ (B|KiB)`, end.Stdout)
	require.Regexp(t, `copying: \d+ of \d+ blobs`, end.Stdout)
	require.Regexp(t, `copied \d+ manifests? and \d+ blobs?: [^\n]+ in \d+ s, [^\n]+\r\n`+to.Host+`/apps/shop@sha256:[0-9a-f]{64}\r\n$`, end.Stdout)
}
