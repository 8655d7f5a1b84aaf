package terminal

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestRecordingsOfProgress records the final screen of commands that show progress: nothing of the
// progress is left, and nothing of the result is missing. Before that, a registry does not answer until
// the progress is seen.
func TestRecordingsOfProgress(t *testing.T) {
	t.Parallel()
	for _, width := range []int{80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			from := registrytest.Start(t)
			p := programtest.New(t)
			registrytest.PushImage(t, from.Host+"/images/web:1", registrytest.ImageSpec{Platforms: programtest.Platforms(), Layers: 2, LayerSize: 1 << 20})
			p.Write("compose.yaml", "services: {web: {image: "+from.Host+"/images/web:1}}\n")
			r := recorder{screen: newScreen(p, width, 24)}
			bars := regexp.MustCompile(`images/web:1.*\[=* *\]  [\d.]+ of [\d.]+ MiB.*\ncopying: \d+ of \d+ blobs`)
			first, second := registrytest.Start(t), registrytest.Start(t)
			r.record(first, "PUT", "uploads", bars, "push --bundle HOST/apps/shop:1")
			r.record(second, "PUT", "uploads", bars, "copy "+first.Host+"/apps/shop:1 HOST/apps/shop:1")
			requests := regexp.MustCompile(`\d+ requests?, `)
			for _, command := range []string{"lock", "images", "tags HOST/images/web", "images --format {{.Service}}", "inspect HOST/images/web:1"} {
				r.record(from, "GET", "manifests|tags", requests, command)
			}
			text := strings.ReplaceAll(r.text.String(), first.Host, from.Host)
			compareRecording(t, filepath.Join("testdata", "recordings", fmt.Sprintf("progress-%d.txt", width)), stable(text, from.Host))
		})
	}
}

// A recorder records commands that wait for a registry.
type recorder struct {
	screen
	text strings.Builder
}

// record runs a command while a registry does not answer some requests, until something is seen.
func (r *recorder) record(at *registrytest.Server, method, path string, until *regexp.Regexp, command string) {
	r.T.Helper()
	release := make(chan struct{})
	at.Faults().Add(registrytest.Fault{Match: registrytest.On(method, path), Do: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			select {
			case <-release:
			case <-req.Context().Done():
			}
			next.ServeHTTP(w, req)
		})
	}})
	pane := r.start(strings.Fields(strings.ReplaceAll(command, "HOST", at.Host))...)
	defer r.tmux("kill-pane", "-t", pane)
	require.Eventually(r.T, func() bool { return until.MatchString(r.seen(pane)) }, programtest.Patience, 50*time.Millisecond)
	at.Faults().Clear()
	close(release)
	r.tmux("wait-for", "ended")
	fmt.Fprintf(&r.text, "$ ocompose %s\n%s\n", command, strings.ReplaceAll(r.seen(pane), at.Host, "localhost:50000"))
}

// TestRecordingOfColors records the colors of a terminal, as the sequences that switch them: a
// verification that failed, a tree, a table and an error.
func TestRecordingOfColors(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	p.OK("push", "--bundle", host+"/apps/shop:1.0")
	removeBundled(t, p, host+"/apps/shop")
	colored := newScreen(p, 100, 24)
	var seen strings.Builder
	for _, line := range []string{"verify HOST/apps/shop:1.0", "inspect -o tree HOST/apps/shop:1.0", "images", "nonsense"} {
		text := colored.show(strings.Fields(strings.ReplaceAll(line, "HOST", host)), "-e")
		fmt.Fprintf(&seen, "$ ocompose %s\n%s\n", line, stable(strings.ReplaceAll(text, "\x1b", "␛"), host))
	}
	require.Contains(t, seen.String(), "␛[31m")
	compareRecording(t, filepath.Join("testdata", "recordings", "colors.txt"), seen.String())

	p.Env = []string{"NO_COLOR=1"}
	require.NotContains(t, newScreen(p, 100, 24).show([]string{"verify", host + "/apps/shop:1.0"}, "-e"), "\x1b")
}
