package clients

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

const compositionType = "application/vnd.docker.compose.project"

// TestAttachedIsFound: a composition that is attached to an image is found from the tag and every
// digest of the image, by ocompose and other clients, on registries with and without the
// referrers API, and the image does not change.
func TestAttachedIsFound(t *testing.T) {
	t.Parallel()
	forms := []struct {
		name string
		spec registrytest.ImageSpec
	}{
		{"OCI", registrytest.ImageSpec{}},
		{"OCI for two platforms", registrytest.ImageSpec{Platforms: programtest.Platforms(), Attestations: true}},
		{"OCI for one platform with an attestation", registrytest.ImageSpec{Platforms: programtest.Platforms()[:1], Attestations: true}},
		{"Docker", registrytest.ImageSpec{Docker: true}},
		{"Docker for two platforms", registrytest.ImageSpec{Docker: true, Platforms: programtest.Platforms()}},
	}
	for _, kind := range programtest.Registries() {
		for _, form := range forms {
			t.Run(kind.Name+", "+form.name, func(t *testing.T) {
				t.Parallel()
				host := kind.Start(t)
				registrytest.PushImage(t, host+"/team/web:1", form.spec)
				p := programtest.New(t)
				p.Write("compose.yaml", "services:\n  web: {image: '"+host+"/team/web:1'}\n")
				before := manifestsOf(t, host+"/team/web:1")
				made := p.OK("attach", host+"/team/web:1")
				require.Equal(t, before, manifestsOf(t, host+"/team/web:1"), "the image was changed")

				subjects := subjectsOf(t, host+"/team/web", before)
				report := p.Inspect(made)
				require.Equal(t, subjects[0], report.Subject.Digest)
				all := p.Referrers(host + "/team/web:1")
				require.Equal(t, all, p.Referrers(host+"/team/web@"+subjects[0]))
				require.Equal(t, made, all[0].Reference)
				require.Len(t, all, len(subjects))
				for i, subject := range subjects {
					found := p.Referrers(host + "/team/web@" + subject)
					require.Equal(t, subject, found[0].Subject)
					require.Equal(t, all[i].Reference, found[0].Reference, "from %s", subject)
					require.Equal(t, compositionType, found[0].ArtifactType)
					registrytest.Fetch(t, found[0].Reference)
					require.Equal(t, []string{found[0].Digest}, discover(p, host+"/team/web@"+subject), "oras")
					require.Contains(t, artifactTree(p, host+"/team/web@"+subject), found[0].Digest, "regctl")
				}
			})
		}
	}
}

// manifestsOf returns the manifest of a tag and the manifests below it, by digest.
func manifestsOf(t testing.TB, ref string) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(ref name.Reference)
	walk = func(ref name.Reference) {
		desc, err := remote.Get(ref)
		require.NoError(t, err)
		all[ref.Identifier()] = string(desc.Manifest)
		for _, child := range registrytest.Children(ref.Context(), desc) {
			walk(child)
		}
	}
	walk(registrytest.Parse(t, ref))
	return all
}

// subjectsOf returns the digests that a composition can be attached to: the image's digest, and
// those of its platforms.
func subjectsOf(t testing.TB, repo string, manifests map[string]string) []string {
	t.Helper()
	subjects := []string{registrytest.Digest(t, repo+":1")}
	var index v1.IndexManifest
	require.NoError(t, json.Unmarshal([]byte(manifests["1"]), &index))
	for _, m := range index.Manifests {
		if m.Platform.OS != "unknown" {
			subjects = append(subjects, m.Digest.String())
		}
	}
	return subjects
}

// discover returns the digests of the compositions that oras finds directly below a subject.
func discover(p *programtest.Program, subject string) []string {
	p.T.Helper()
	out := p.Output(tooltest.Lookup(p.T, "oras"), "discover", "--plain-http", "--artifact-type", compositionType, "--format", "json", subject)
	var found struct {
		Referrers []struct{ Digest string }
	}
	require.NoError(p.T, json.Unmarshal([]byte(out), &found), out)
	var digests []string
	for _, r := range found.Referrers {
		digests = append(digests, r.Digest)
	}
	return digests
}

// artifactTree returns the tree of a subject as printed by regctl.
func artifactTree(p *programtest.Program, subject string) string {
	p.T.Helper()
	return regctl(p, "artifact", "tree", subject)
}

// regctl runs regctl, with plain HTTP for registries on this machine in the arguments.
func regctl(p *programtest.Program, args ...string) string {
	p.T.Helper()
	var hosts []string
	for _, arg := range args {
		if host, _, ok := strings.Cut(arg, "/"); ok && strings.HasPrefix(host, "127.") {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	var flags []string
	for _, host := range slices.Compact(hosts) {
		flags = append(flags, "--host", fmt.Sprintf("reg=%s,tls=disabled", host))
	}
	p.Env = append(p.Env, "REGCTL_CONFIG="+filepath.Join(p.Home, "regctl.json"))
	return p.Output(tooltest.Lookup(p.T, "regctl"), append(flags, args...)...)
}
