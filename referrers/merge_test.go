package referrers

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

func desc(t testing.TB, digest string) v1.Descriptor {
	t.Helper()
	hash, err := v1.NewHash(digest)
	require.NoError(t, err)
	return v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Size: 7, Digest: hash, ArtifactType: "a/b",
		Annotations: map[string]string{"k": "v"},
	}
}

const ours = `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":7,"digest":"DIGEST","annotations":{"k":"v"},"artifactType":"a/b"}`

func entryA(s string) string { return strings.ReplaceAll(s, "DIGEST", digestA) }

func TestMerge(t *testing.T) {
	foreign := `{"digest":"` + digestB + `", "size": 1, "x-unknown":[1, 2]}`
	add := map[string]v1.Descriptor{digestA: desc(t, digestA)}
	for name, tc := range map[string]struct {
		cur  *index
		ch   change
		want []string // nil is unchanged
	}{
		"first":                 {cur: list(), ch: change{add: add}, want: []string{entryA(ours)}},
		"appended":              {cur: list(foreign), ch: change{add: add}, want: []string{foreign, entryA(ours)}},
		"there already":         {cur: list(entryA(ours), foreign), ch: change{add: add}},
		"there with more":       {cur: list(entryA(`{"digest":"DIGEST","x":1,"mediaType":"application/vnd.oci.image.manifest.v1+json","size":7,"artifactType":"a/b","annotations":{"k":"v","l":"w"}}`)), ch: change{add: add}},
		"twice there":           {cur: list(entryA(ours), foreign, entryA(ours)), ch: change{add: add}, want: []string{entryA(ours), foreign}},
		"others' twice":         {cur: list(foreign, foreign)},
		"without type":          {cur: list(entryA(`{"digest":"DIGEST","size":7,"mediaType":"application/vnd.oci.image.manifest.v1+json"}`)), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"fields are kept":       {cur: list(entryA(`{"digest":"DIGEST","size":7,"mediaType":"application/vnd.oci.image.manifest.v1+json","x":{"y":1},"annotations":{"z":"0"}}`)), ch: change{add: add}, want: []string{`{"annotations":{"k":"v","z":"0"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7,"x":{"y":1}}`}},
		"wrong type":            {cur: list(entryA(strings.Replace(ours, `"a/b"`, `"c/d"`, 1))), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"wrong media type":      {cur: list(entryA(strings.Replace(ours, `manifest.v1+json`, `index.v1+json`, 1))), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"wrong size":            {cur: list(entryA(strings.Replace(ours, `"size":7`, `"size":8`, 1))), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"wrong annotation":      {cur: list(entryA(strings.Replace(ours, `"k":"v"`, `"k":"w"`, 1))), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"unreadable":            {cur: list(entryA(`{"digest":"DIGEST","size":"seven"}`)), ch: change{add: add}, want: []string{`{"annotations":{"k":"v"},"artifactType":"a/b","digest":"` + digestA + `","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`}},
		"dropped":               {cur: list(foreign, entryA(ours)), ch: change{drop: map[string]bool{digestA: true}}, want: []string{foreign}},
		"not there":             {cur: list(foreign), ch: change{drop: map[string]bool{digestA: true}}},
		"restored":              {cur: list(entryA(ours)), ch: change{restore: map[string]entry{digestB: parseEntry([]byte(foreign))}}, want: []string{entryA(ours), foreign}},
		"restored already":      {cur: list(foreign), ch: change{restore: map[string]entry{digestB: parseEntry([]byte(foreign))}}},
		"dropped, not restored": {cur: list(), ch: change{add: add, drop: map[string]bool{digestA: true, digestB: true}, restore: map[string]entry{digestB: parseEntry([]byte(foreign))}}},
	} {
		t.Run(name, func(t *testing.T) {
			next, changed, err := merge(tc.cur, tc.ch)
			require.NoError(t, err)
			if tc.want == nil {
				require.False(t, changed)
				require.Equal(t, string(tc.cur.encode()), string(next.encode()))
				return
			}
			require.True(t, changed)
			var got []string
			for _, e := range next.entries {
				got = append(got, string(e.raw))
			}
			require.Equal(t, tc.want, got)

			// Merging again changes nothing.
			again, changed, err := merge(next, tc.ch)
			require.NoError(t, err)
			require.False(t, changed)
			require.Equal(t, string(next.encode()), string(again.encode()))
		})
	}
}

// The entry of an index without an artifact type has none, even if it had one before.
func TestMergeRemovesAWrongType(t *testing.T) {
	d := desc(t, digestA)
	d.ArtifactType, d.Annotations = "", nil
	next, changed, err := merge(list(entryA(ours)), change{add: map[string]v1.Descriptor{digestA: d}})
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, `{"annotations":{"k":"v"},"digest":"`+digestA+`","mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}`, string(next.entries[0].raw))
	_, changed, err = merge(next, change{add: map[string]v1.Descriptor{digestA: d}})
	require.NoError(t, err)
	require.False(t, changed)
}

func TestArtifactType(t *testing.T) {
	for name, tc := range map[string]struct{ raw, want string }{
		"manifest's own":    {`{"artifactType":"a/b","config":{"mediaType":"c/d"}}`, "a/b"},
		"of the config":     {`{"config":{"mediaType":"c/d"}}`, "c/d"},
		"empty":             {`{"artifactType":"","config":{"mediaType":"c/d"}}`, "c/d"},
		"index's own":       {`{"artifactType":"a/b","manifests":[]}`, "a/b"},
		"index without one": {`{"manifests":[]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := parseManifest([]byte(tc.raw))
			require.NoError(t, err)
			require.Equal(t, tc.want, m.artifactType())
		})
	}
}

// The first entry of a digest counts. Embedded content of an entry is dropped, because it is not
// verified.
func TestCollect(t *testing.T) {
	first := desc(t, digestA)
	second := first
	second.ArtifactType = "c/d"
	withData := desc(t, digestB)
	withData.Data = []byte("{}")
	var raws []string
	for _, d := range []v1.Descriptor{first, second, withData} {
		e, err := newEntry(d)
		require.NoError(t, err)
		raws = append(raws, string(e.raw))
	}
	found := map[string]v1.Descriptor{}
	collect(found, list(raws...))
	require.Equal(t, map[string]v1.Descriptor{digestA: first, digestB: desc(t, digestB)}, found)
}
