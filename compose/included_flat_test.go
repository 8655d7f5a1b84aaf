package compose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIncludedByTag: the files are merged if an included composition includes another one by tag,
// which can't be pinned, unless they are packaged unchanged or with a copy of it.
func TestIncludedByTag(t *testing.T) {
	t.Parallel()
	s := shelf{
		"oci://r.example/a:1":    composition("include: ['oci://r.example/deep:2']"),
		"oci://r.example/deep:2": composition("services: {d: {image: d, volumes: ['./d.conf:/d']}}", "d.conf", "d"),
		"oci://r.example/b:1":    composition("services: {d: {extends: {file: 'oci://r.example/deep:2', service: d}}}"),
		"oci://r.example/c:1":    composition("include: ['" + pinnedRef("oci://r.example/deep:2") + "']"),
	}
	for name, test := range map[string]struct {
		ref     string
		opts    Options
		warning string
		merged  bool
	}{
		"pinned": {ref: "a:1", opts: Options{PinIncluded: true}, merged: true,
			warning: "oci://r.example/a:1 includes oci://r.example/deep:2 by its tag, which may point at something else later, " +
				"so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		"extended": {ref: "b:1", opts: Options{PinIncluded: true}, merged: true,
			warning: "oci://r.example/b:1 includes oci://r.example/deep:2 by its tag, which may point at something else later, " +
				"so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		"as is":     {ref: "a:1", opts: Options{PinIncluded: true, AsIs: true}, warning: "oci://r.example/a:1 includes oci://r.example/deep:2 by its tag, which may point at something else later"},
		"bundled":   {ref: "a:1"},
		"by digest": {ref: "c:1", opts: Options{PinIncluded: true}},
		"flattened": {ref: "a:1", opts: Options{PinIncluded: true, Flatten: true}, merged: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/" + test.ref + "]\n"})
			p, err := loadIncluding(t, s, dir, func(o *Options) { test.opts.WorkDir, test.opts.Fetch = o.WorkDir, o.Fetch; *o = test.opts })
			require.NoError(t, err)
			require.Equal(t, test.warning, strings.Join(p.Warnings, "\n"))
			require.Equal(t, map[string]string{"d": "d"}, imageRefs(p))
			if test.merged {
				require.Empty(t, p.Includes)
				require.NotContains(t, string(p.Files[0].Content), "oci://")
				require.Equal(t, []string{"d.conf"}, carriedNames(p))
				return
			}
			require.Len(t, p.Includes, 1)
			require.Empty(t, p.Carried)
		})
	}
}

// TestFlattenIncluded: the files of an included composition become files of the project, with
// unused names.
func TestFlattenIncluded(t *testing.T) {
	t.Parallel()
	s := shelf{
		"oci://r.example/db:1": composition(`
services:
  db:
    image: db
    env_file: [db.env]
    label_file: [labels]
    secrets: [own]
    configs: [tuning]
    environment: ['A=${A}', 'B=${B:-b}']
    volumes: ['./my.conf:/a:ro', './data:/data', '${MORE:-./more}:/more', './state/x:/x', './state/y:/y', '${F:-./f.conf}:/f', '/host:/host', '~/home:/home']
configs: {tuning: {file: ./tuning.conf}}
secrets: {own: {file: ./own.txt}}
`, "my.conf", "db", "db.env", "X=y\n", "labels", "a=b\n", "tuning.conf", "t", "f.conf", "f", ".env", "A=brought\n"),
		"oci://r.example/other:1": composition("services: {other: {image: other, volumes: ['./my.conf:/a', './data:/data']}}", "my.conf", "other"),
		"oci://r.example/all:1":   composition("services: {all: {image: all, volumes: ['.:/all']}}"),
	}
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "include: [oci://r.example/db:1, oci://r.example/other:1]\nservices: {web: {image: web, volumes: ['./my.conf:/a', './data:/data', './sub/tuning.conf:/t']}}\n",
		"my.conf":      "own", "labels": "unused", "sub/tuning.conf": "s",
	})
	p, err := loadIncluding(t, s, dir, func(o *Options) { o.Flatten = true })
	require.NoError(t, err)
	require.Empty(t, p.Includes)
	contents := map[string]string{}
	for _, f := range p.Carried {
		contents[f.Name] = string(f.Content)
	}
	require.Equal(t, map[string]string{
		"my.conf": "own", "my-2.conf": "db", "my-3.conf": "other", "db.env": "X=y\n", "labels-2": "a=b\n", "tuning.conf": "t", "f.conf": "f", "sub/tuning.conf": "s",
	}, contents)
	flat := string(p.Files[0].Content)
	for _, want := range []string{
		"source: ./my-2.conf", "source: ./data-2", "source: ./data-3", "${MORE:-./more}:/more", "source: ./state/x", "source: ./state/y", "${F:-./f.conf}:/f",
		"source: /host", "- ~/home:/home", "path: ./db.env", "- ./labels-2", "file: ./tuning.conf", "file: ./own.txt", "A=${A-brought}", "B=${B:-b}",
	} {
		require.Contains(t, flat, want)
	}
	require.NotContains(t, flat, "registry")

	dir = writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/all:1]\n"})
	_, err = loadIncluding(t, s, dir, func(o *Options) { o.Flatten = true })
	require.ErrorContains(t, err, "oci://r.example/all:1 mounts its own folder, which would be that of the project; without --flatten, a file next to compose.yaml can include it")
}
