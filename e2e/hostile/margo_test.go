//go:build unix

package hostile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestHostileMargo: nothing of an invalid archive is written, and verify reports the reason.
func TestHostileMargo(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	for tag, test := range map[string]struct {
		header tar.Header
		reason string
	}{
		"link":      {tar.Header{Typeflag: tar.TypeSymlink, Name: "app/link", Linkname: "/etc/passwd"}, `its link "app/link" points outside its folder`},
		"hardlink":  {tar.Header{Typeflag: tar.TypeLink, Name: "app/link", Linkname: "../etc/passwd"}, `has no earlier file as its target`},
		"traversal": {tar.Header{Typeflag: tar.TypeReg, Name: "app/../../out.txt"}, "points outside its folder"},
		"absolute":  {tar.Header{Typeflag: tar.TypeReg, Name: "/tmp/out.txt"}, "points outside its folder"},
		"device":    {tar.Header{Typeflag: tar.TypeChar, Name: "app/null"}, "neither a file nor a folder"},
		"second":    {tar.Header{Typeflag: tar.TypeReg, Name: "other/compose.yaml"}, "more than one folder"},
		"git":       {tar.Header{Typeflag: tar.TypeReg, Name: "app/.git/config"}, ".git"},
		"case":      {tar.Header{Typeflag: tar.TypeReg, Name: "app/Compose.yaml"}, "Compose.yaml"},
	} {
		t.Run(tag, func(t *testing.T) {
			ref := host + "/hostile:" + tag
			pushMargo(t, ref, test.header)
			out := filepath.Join(p.Dir, tag)
			for _, args := range [][]string{{"pull", "-d", out, ref}, {"inspect", ref}, {"images", ref}, {"diff", ref, ref}} {
				end := p.Run(args...)
				require.NotZero(t, end.Status)
				require.Empty(t, end.Stdout)
				require.Contains(t, end.Stderr, test.reason)
			}
			require.NoDirExists(t, out)
			end := p.Run("verify", ref)
			require.Equal(t, 4, end.Status)
			require.Contains(t, end.Stdout, test.reason)
		})
	}
}

// pushMargo pushes a Margo package whose archive has one more, invalid entry.
func pushMargo(t *testing.T, ref string, extra tar.Header) {
	t.Helper()
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	w := tar.NewWriter(compressed)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "app/compose.yaml", Mode: 0o644}))
	require.NoError(t, w.WriteHeader(&extra))
	require.NoError(t, w.Close())
	require.NoError(t, compressed.Close())
	repo := registrytest.Parse(t, ref).Context()
	push := func(mediaType types.MediaType, content []byte) v1.Descriptor {
		layer := static.NewLayer(content, mediaType)
		require.NoError(t, remote.WriteLayer(repo, layer))
		digest, err := layer.Digest()
		require.NoError(t, err)
		return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
	}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: "application/vnd.org.margo.component.compose+json",
		Config: push("application/vnd.oci.empty.v1+json", []byte("{}")),
		Layers: []v1.Descriptor{push("application/vnd.org.margo.component.compose.tar+gzip", b.Bytes())},
	})
	require.NoError(t, err)
	require.NoError(t, remote.Put(registrytest.Parse(t, ref), registrytest.Manifest{Raw: raw, Type: types.OCIManifestSchema1}))
}
