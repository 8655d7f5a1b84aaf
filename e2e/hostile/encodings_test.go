//go:build unix

package hostile

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// compressed are requests whose responses are compressed without being asked for, with the
// commands that send them.
var compressed = map[string]string{
	"^GET /v2/$":         "inspect",
	"^GET .*/manifests/": "copy --bundle",
	"^GET .*/blobs/":     "copy --bundle",
	"^GET .*/referrers/": "referrers",
	"^GET .*/tags/list$": "ls",
	"^GET /token$":       "inspect",
}

// TestCompressedResponses: a response that is compressed, although no command asks for that, is not
// decompressed: it is used as it is, or the command fails at once.
func TestCompressedResponses(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for range 256 {
		_, err := io.WriteString(w, strings.Repeat(" ", 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	for pattern, args := range compressed {
		for _, status := range []int{http.StatusOK, http.StatusForbidden} {
			t.Run(pattern+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				e, c := newEvil(t), newCommand(t)
				e.composition(t, repo, tag, innocent)
				e.on(pattern, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", manifestType)
					w.Header().Set("Content-Encoding", "gzip")
					w.WriteHeader(status)
					_, _ = w.Write(bomb.Bytes())
				})
				e.login(t, c, "bearer")
				ref := e.host + "/" + repo
				if args != "ls" {
					ref += ":" + tag
				}
				line := append(strings.Fields(args), ref)
				if strings.HasPrefix(args, "copy") {
					line = append(line, e.host+"/copied:1")
				}
				end := c.known(line...)
				check(t, line, end)
				require.Positive(t, e.requests(pattern), end.stderr)
				require.LessOrEqual(t, e.requests(pattern), 2, end.stderr)
				require.NotContains(t, end.stderr, "\x1f")
			})
		}
	}
}
