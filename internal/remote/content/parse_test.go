package content

import (
	"bytes"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes 9-1/10", "bytes +1-2/3", "bytes 1-99999999999999999999/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		start, total, err := parseContentRange(s)
		if err == nil && (start < 0 || total >= 0 && start >= total) {
			t.Fatalf("%q is %d of %d", s, start, total)
		}
	})
}

func TestContentRanges(t *testing.T) {
	start, total, err := parseContentRange("bytes 5-9/10")
	require.NoError(t, err)
	require.EqualValues(t, 5, start)
	require.EqualValues(t, 10, total)
	_, total, err = parseContentRange("bytes 5-9/*")
	require.NoError(t, err)
	require.EqualValues(t, -1, total)
	for _, bad := range []string{"", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes -5/10", "bytes 5-/10", "bytes +5-9/10", "octets 5-9/10"} {
		_, _, err = parseContentRange(bad)
		require.Error(t, err, bad)
	}
}

func FuzzManifestMediaType(f *testing.F) {
	f.Add("application/json", []byte(`{"manifests":[]}`))
	f.Add("text/html", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, contentType string, raw []byte) {
		mt, err := manifestMediaType(contentType, raw)
		if err == nil && mt == "" {
			t.Fatal("neither a media type nor an error")
		}
		if err == nil && bytes.HasPrefix(raw, []byte("<")) {
			t.Fatal("markup is a manifest")
		}
	})
}

func TestMediaTypes(t *testing.T) {
	for _, tt := range []struct{ header, body, want string }{
		{"application/vnd.oci.image.index.v1+json", `{}`, "application/vnd.oci.image.index.v1+json"},
		{"application/vnd.oci.image.index.v1+json; charset=utf-8", `{}`, "application/vnd.oci.image.index.v1+json"},
		{"", `{"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}`, "application/vnd.docker.distribution.manifest.v2+json"},
		{"application/json", `{"manifests":[{}]}`, string(types.OCIImageIndex)},
		{"application/octet-stream", `{"config":{},"layers":[]}`, string(types.OCIManifestSchema1)},
		{"text/plain", `{"schemaVersion":1}`, string(types.DockerManifestSchema1)},
	} {
		mt, err := manifestMediaType(tt.header, []byte(tt.body))
		require.NoError(t, err)
		require.Equal(t, tt.want, string(mt))
	}
}
