//go:build unix

package hostile

import (
	"fmt"
	"net/http"
	"testing"
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
