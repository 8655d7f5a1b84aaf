//go:build unix

package reliability

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// check verifies that the expected content exists, and no other.
func (w *worker) check() {
	want := []string{subjectTag}
	for tag, made := range w.tags {
		want = append(want, tag)
		w.checkPackage(w.repo + ":" + tag)
		status, stdout, stderr := w.run(0, "inspect", "--format", "{{.Digest}}", w.repo+":"+tag)
		require.Zero(w.t, status, stderr)
		require.Equal(w.t, made.digest, strings.TrimSpace(stdout), tag)
		out := filepath.Join(w.t.TempDir(), "out")
		status, _, stderr = w.run(0, "pull", "--platform", "linux/amd64", "-d", out, w.repo+":"+tag)
		require.Zero(w.t, status, stderr)
		content, err := os.ReadFile(filepath.Join(out, "compose.yaml"))
		require.NoError(w.t, err)
		require.Contains(w.t, string(content), fmt.Sprintf("x-version: %d\n", made.version), tag)
	}
	listed := slices.DeleteFunc(w.listed(), func(tag string) bool { return strings.HasPrefix(tag, "sha256-") }) // lists of referrers
	require.ElementsMatch(w.t, want, listed)

	var attached []string // with the compositions that they list for the image's platforms
	for digest := range w.attached {
		w.checkPackage(w.repo + "@" + digest)
		attached = append(attached, digest)
		var index v1.IndexManifest
		w.get("/manifests/"+digest, &index)
		for _, d := range index.Manifests {
			var m v1.Manifest
			if w.get("/manifests/"+d.Digest.String(), &m); m.Subject != nil {
				attached = append(attached, d.Digest.String())
			}
		}
	}
	status, stdout, stderr := w.run(0, "referrers", "--all", "-q", w.repo+":"+subjectTag)
	require.Zero(w.t, status, stderr)
	var referrers []string
	for line := range strings.Lines(stdout) {
		_, digest, _ := strings.Cut(strings.TrimSpace(line), "@")
		referrers = append(referrers, digest)
	}
	require.Subset(w.t, referrers, attached, "attached, but not listed")
	require.Subset(w.t, attached, referrers, "listed, but not attached or deleted")
}

func (w *worker) checkPackage(ref string) {
	status, stdout, stderr := w.run(0, "verify", "--deep", ref)
	require.Zero(w.t, status, stdout+stderr)
}

// listed returns the tags of the repository in the registry.
func (w *worker) listed() []string {
	var list struct{ Tags []string }
	w.get("/tags/list", &list)
	return list.Tags
}

// get requests JSON from the registry for the repository.
func (w *worker) get(path string, v any) {
	req, err := http.NewRequest(http.MethodGet, w.server.URL+"/v2/"+w.name+path, nil)
	require.NoError(w.t, err)
	req.Header.Set("Accept", string(types.OCIImageIndex)+", "+string(types.OCIManifestSchema1))
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(w.t, http.StatusOK, res.StatusCode, path)
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(v))
}
