package referrers_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// Other clients find the referrers that this one pushed, and this one finds theirs.
func TestOtherClientsAgree(t *testing.T) {
	oras, regctl := tooltest.Lookup(t, "oras"), tooltest.Lookup(t, "regctl")
	for name, start := range map[string]func(testing.TB) string{
		"API":            func(t testing.TB) string { return registrytest.Start(t).Host },
		"distribution 3": func(t testing.TB) string { return realtest.Distribution(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			run := func(program string, args ...string) string {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), program, args...)
				cmd.Env, cmd.Dir = tooltest.Environ(home), home
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				require.NoError(t, err, "%s %s: %s", program, strings.Join(args, " "), &stderr)
				return string(out)
			}
			host := start(t)
			c, d := newClient(t)
			f := newFixture(t, d, host, "app")
			ours, err := c.Push(t.Context(), f.repo, types.OCIImageIndex, f.composition(t, typeB, "ours"))
			require.NoError(t, err)

			run(regctl, "registry", "set", "--tls", "disabled", host)
			run(oras, "attach", "--plain-http", "--artifact-type", typeA, "--annotation", "org.example.label=theirs", f.subject.Name())
			run(regctl, "artifact", "put", "--artifact-type", typeA, "--subject", f.subject.Name(), "--file", "/dev/null")

			listed, err := c.List(t.Context(), f.subject)
			require.NoError(t, err)
			require.Len(t, listed, 3)
			require.Equal(t, ours.Digest, listed[2].Digest)

			var discovered struct {
				Referrers []struct {
					Digest       string            `json:"digest"`
					ArtifactType string            `json:"artifactType"`
					Annotations  map[string]string `json:"annotations"`
				} `json:"referrers"`
			}
			out := run(oras, "discover", "--plain-http", "--format", "json", f.subject.Name())
			require.NoError(t, json.Unmarshal([]byte(out), &discovered), out)
			require.Len(t, discovered.Referrers, 3)
			found := false
			for _, r := range discovered.Referrers {
				if r.Digest == ours.Digest.String() {
					found = true
					require.Equal(t, typeB, r.ArtifactType)
					require.Equal(t, "ours", r.Annotations["org.example.label"])
				}
			}
			require.True(t, found)
			tree := run(regctl, "artifact", "tree", f.subject.Name())
			for _, r := range listed {
				require.Contains(t, tree, r.Digest.String())
			}

			// After a deletion by this client, they agree on the rest.
			require.NoError(t, c.Delete(t.Context(), f.repo.Digest(ours.Digest.String())))
			tree = run(regctl, "artifact", "tree", f.subject.Name())
			require.NotContains(t, tree, ours.Digest.String())
		})
	}
}
