package referrers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/limits"
)

// digestA and digestB replace the shortened digests of the specification.
var (
	digestA = "sha256:" + strings.Repeat("a1", 32)
	digestB = "sha256:" + strings.Repeat("a2", 32)
	digestC = "sha256:" + strings.Repeat("a3", 32)
)

// specListing is the example in the specification's section on listing referrers, with full
// digests and without the trailing commas, which are not valid JSON.
var specListing = `{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 1234,
      "digest": "` + digestA + `",
      "artifactType": "application/vnd.example.sbom.v1",
      "annotations": {
        "org.opencontainers.image.created": "2022-01-01T14:42:55Z",
        "org.example.sbom.format": "json"
      }
    },
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 1234,
      "digest": "` + digestB + `",
      "artifactType": "application/vnd.example.signature.v1",
      "annotations": {
        "org.opencontainers.image.created": "2022-01-01T07:21:33Z",
        "org.example.signature.fingerprint": "abcd"
      }
    },
    {
      "mediaType": "application/vnd.oci.image.index.v1+json",
      "size": 1234,
      "digest": "` + digestC + `",
      "annotations": {
        "org.opencontainers.image.created": "2023-01-01T07:21:33Z"
      }
    }
  ]
}`

func TestParseSpecificationsListing(t *testing.T) {
	x, err := parseIndex([]byte(specListing))
	require.NoError(t, err)
	descs := x.descriptors()
	require.Len(t, descs, 3)
	require.Equal(t, digestA, descs[0].Digest.String())
	require.Equal(t, "application/vnd.example.sbom.v1", descs[0].ArtifactType)
	require.Equal(t, "json", descs[0].Annotations["org.example.sbom.format"])
	require.Equal(t, "application/vnd.example.signature.v1", descs[1].ArtifactType)
	require.Equal(t, types.OCIImageIndex, descs[2].MediaType)
	require.Empty(t, descs[2].ArtifactType)
	require.EqualValues(t, 1234, descs[2].Size)
	require.Nil(t, x.extra)
}

func TestParseIndex(t *testing.T) {
	for name, tc := range map[string]struct {
		raw     string
		entries int // -1 is an error
		good    int
	}{
		"empty list":              {`{"manifests":[]}`, 0, 0},
		"null list":               {`{"manifests":null}`, 0, 0},
		"no list":                 {`{"schemaVersion":2}`, 0, 0},
		"null":                    {`null`, -1, 0},
		"manifests is not a list": {`{"manifests":{}}`, -1, 0},
		"web page":                {`<!DOCTYPE html>`, -1, 0},
		"trailing data":           {`{"manifests":[]} {}`, -1, 0},
		"unknown algorithm":       {`{"manifests":[{"digest":"blake3:` + strings.Repeat("a", 64) + `","size":1},{"mediaType":"a","digest":"` + digestA + `","size":1}]}`, 2, 1},
		"bad digest":              {`{"manifests":[{"digest":"sha256:../../x","size":1}]}`, 1, 0},
		"negative size":           {`{"manifests":[{"digest":"` + digestA + `","size":-1}]}`, 1, 0},
		"unusable entries":        {`{"manifests":[1,"x",null,[],{}]}`, 5, 0},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := parseIndex([]byte(tc.raw))
			if tc.entries < 0 {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Len(t, x.entries, tc.entries)
			require.Len(t, x.descriptors(), tc.good)
		})
	}
}

func TestEntriesKeepTheirBytes(t *testing.T) {
	odd := `{ "digest" : "` + digestA + `",  "size":1.0e1, "x-vendor": {"b":1,"a":"<&>"}, "mediaType":"a/b" }`
	raw := `{"x-top":{"z":1,  "a":[ ]},"manifests":[` + odd + `,"no descriptor"],"annotations":{"k":"v"},"schemaVersion":2}`
	x, err := parseIndex([]byte(raw))
	require.NoError(t, err)
	got := string(x.encode())
	require.Equal(t, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[`+odd+
		`,"no descriptor"],"annotations":{"k":"v"},"x-top":{"z":1,  "a":[ ]}}`, got)
}

func TestTooManyEntries(t *testing.T) {
	for element, limit := range map[string]int{"1": limits.Fields, "{}": limits.Objects} {
		_, err := parseIndex([]byte(`{"manifests":[` + element + strings.Repeat(","+element, limit) + `]}`))
		var e *limits.Error
		require.ErrorAs(t, err, &e)
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(specListing))
	f.Add([]byte(`{"manifests":[{"digest":"` + digestA + `","size":1,"x":{"y":[1,2]}},3,null],"subject":{}}`))
	f.Add([]byte(`{"manifests":null,"annotations":{"a":"\u003c"}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := parseIndex(raw)
		if err != nil {
			return
		}
		for _, d := range x.descriptors() {
			require.NotEmpty(t, d.Digest.Hex)
			require.GreaterOrEqual(t, d.Size, int64(0))
		}
		out := x.encode()
		require.True(t, json.Valid(out), "%s", out)
		again, err := parseIndex(out)
		require.NoError(t, err)
		require.Equal(t, out, again.encode())
		require.Equal(t, len(x.entries), len(again.entries))
		for i := range x.entries {
			require.Equal(t, x.entries[i].raw, again.entries[i].raw)
		}
		next, changed, err := merge(x, change{})
		require.NoError(t, err)
		require.False(t, changed)
		require.Equal(t, out, next.encode())
	})
}

func list(entries ...string) *index {
	x, err := parseIndex(fmt.Appendf(nil, `{"manifests":[%s]}`, strings.Join(entries, ",")))
	if err != nil {
		panic(err)
	}
	return x
}
