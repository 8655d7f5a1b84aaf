package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestPodmanArtifacts does what the artifact commands of Podman 5.5 and later do. They pull by the same
// library as skopeo into an image layout, require one manifest there, and extract each layer under its
// title, which must be a plain file name that no other layer has.
func TestPodmanArtifacts(t *testing.T) {
	t.Parallel()
	skopeo := tooltest.Lookup(t, "skopeo")
	host := registrytest.Start(t).Host
	registrytest.PushImage(t, host+"/images/web:1", registrytest.ImageSpec{Platforms: programtest.Platforms()})
	p := programtest.New(t)
	p.Write("compose.yaml", "services: {web: {image: "+host+"/images/web:1, volumes: ['./conf/web.conf:/etc/web.conf:ro']}}\n")
	p.Write("conf/web.conf", "listen 80\n")
	p.OK("push", "--without-files", "--portable-tag", "portable", host+"/apps/loose:1")
	p.OK("push", "--without-files", "--bundle", "--portable-tag", "portable", host+"/apps/bundle:1")
	p.OK("push", "--without-files", "--bundle", "--flat", host+"/apps/flat:1")
	p.OK("push", "--portable-tag", "portable", host+"/apps/files:1")
	p.OK("push", "--format", "flightctl", host+"/apps/flightctl:1")

	for ref, extracted := range map[string]bool{
		"loose:portable":  true,
		"loose:1":         true, // the composition for this machine
		"bundle:portable": true,
		"bundle:1":        true,
		"flat:1":          true, // the composition for this machine
		"flightctl:1":     true,
		"files:portable":  false, // conf/web.conf
	} {
		dir := filepath.Join(t.TempDir(), "store")
		p.Output(skopeo, "--insecure-policy", "copy", "--src-tls-verify=false", "docker://"+host+"/apps/"+ref, "oci:"+dir+":"+host+"/apps/"+ref)
		var index v1.IndexManifest
		readJSON(t, filepath.Join(dir, "index.json"), &index)
		require.Len(t, index.Manifests, 1, ref)
		d := index.Manifests[0]
		require.Equal(t, types.OCIManifestSchema1, d.MediaType, ref)
		_, err := remote.Head(registrytest.Parse(t, host+"/apps/"+strings.Split(ref, ":")[0]+"@"+d.Digest.String()))
		require.NoError(t, err, "%s is unchanged", ref)
		var m struct {
			ArtifactType string
			Layers       []v1.Descriptor
		}
		readJSON(t, filepath.Join(dir, "blobs", "sha256", d.Digest.Hex), &m)
		require.Equal(t, artifact.Type, m.ArtifactType, ref)
		plain, seen := true, map[string]bool{}
		for _, layer := range m.Layers {
			require.FileExists(t, filepath.Join(dir, "blobs", "sha256", layer.Digest.Hex))
			title := layer.Annotations["org.opencontainers.image.title"]
			plain = plain && !strings.ContainsAny(title, `/\`) && (title == "" || !seen[title])
			seen[title] = true
		}
		require.Equal(t, extracted, plain, ref)
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}
