//go:build unix

package hostile

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A malformed manifest is valid JSON with values that its fields can't have.
type malformed struct {
	raw string
	// want is part of the error of each command that reads it.
	want string
}

// malformations returns manifests that list a composition, or a file.
func malformations(t testing.TB, e *evil) map[string]malformed {
	t.Helper()
	one := describe(manifestType, e.composition(t, repo, "", innocent))
	file := e.blob(innocent)
	m, i := manifestOf(compositionType), indexOf(compositionType)
	l := strings.ReplaceAll(layer("compose.yaml", file.Digest.String(), len(innocent)), extraFile, composeFile)
	d := entry(one, asComposition)
	const noDigest = "it has a descriptor without a digest"
	size := func(of, s string) string {
		before, rest, _ := strings.Cut(of, `"size":`)
		return before + `"size":` + s + strings.TrimLeft(rest, "0123456789")
	}
	field := func(path, value string) string {
		return "the JSON field " + path + " has a value of the wrong type or range: " + value
	}
	return map[string]malformed{
		"a null layer":             {m + "null," + l + "]}", noDigest},
		"a layer without a digest": {m + `{},` + l + "]}", noDigest},
		"a null config": {fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"artifactType":%q,"config":null,"layers":[%s]}`,
			manifestType, compositionType, l), noDigest},
		"a null entry":              {i + "null," + d + "]}", noDigest},
		"only null entries":         {i + "null,null]}", noDigest},
		"layers in an object":       {strings.TrimSuffix(m, "[") + `{"0":` + l + "}}", field("layers", "object")},
		"a size as a string":        {m + size(l, `"7"`) + "]}", field("layers.size", "string")},
		"a size with a point":       {m + size(l, "7.0") + "]}", field("layers.size", "number 7.0")},
		"a size that overflows":     {m + size(l, "99999999999999999999") + "]}", field("layers.size", "number 99999999999999999999")},
		"a size of an entry":        {i + size(d, `{}`) + "]}", field("manifests.size", "object")},
		"a number as an annotation": {m + l + `],"annotations":{"a":1}}`, field("annotations", "number")},
		"a number as a system":      {i + entry(one, asComposition+`,"platform":{"os":1}`) + "]}", field("manifests.platform.os", "number")},
		"a platform of nulls":       {i + entry(one, asComposition+`,"platform":{"os":null,"architecture":null}`) + "]}", "has the invalid platform"},
		"a version as a string":     {strings.Replace(m, `"schemaVersion":2`, `"schemaVersion":"2"`, 1) + l + "]}", field("schemaVersion", "string")},
	}
}

// TestMalformedManifests: each command rejects them with the same clear error. It runs a fourth of
// the commands with each of them, or all if OCOMPOSE_HOSTILE is set.
func TestMalformedManifests(t *testing.T) {
	for i, name := range slices.Sorted(maps.Keys(malformations(t, newEvil(t)))) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			bad := malformations(t, e)[name]
			kind := manifestType
			if strings.Contains(bad.raw, indexType) {
				kind = indexType
			}
			e.put(repo, tag, kind, []byte(bad.raw))
			ref := e.host + "/" + repo + ":" + tag
			lines := [][]string{
				{"inspect", ref}, {"verify", ref}, {"copy", ref, e.host + "/copied"}, {"pull", "-d", "out", ref},
				{"save", ref, "saved.tar"}, {"images", ref}, {"delete", "--dry-run", ref}, {"diff", ref, ref},
			}
			c := newCommand(t)
			for j, args := range lines {
				if os.Getenv("OCOMPOSE_HOSTILE") == "" && j%4 != i%4 {
					continue
				}
				end := c.known(args...)
				require.NotZero(t, end.status, args)
				require.Contains(t, end.stderr, bad.want, args)
				require.NotContains(t, end.stderr, "Go struct", args)
			}
		})
	}
}
