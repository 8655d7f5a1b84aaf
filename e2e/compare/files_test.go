package compare

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// A filer saves an image from a registry to a file, and loads it from there.
type filer struct {
	name string
	// image is set if it saves only an image: skopeo rejects nested indexes.
	image      bool
	save, load func(from, file, to string) []string
}

// compareFiles makes every program save an application with one image to a file, and load it into
// another registry. The last program only reads the file and hashes it, the minimum for any
// program that verifies.
func compareFiles(t *testing.T, filers []filer, layerSize int64) {
	t.Helper()
	from := registrytest.Start(t)
	j := makeJob(t, from, 1, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 6, LayerSize: layerSize})
	own := filers[0]
	push := exec.CommandContext(t.Context(), own.name, "push", "--bundle", from.Host+"/apps/app:1")
	push.Dir = j.dir
	out, err := push.CombinedOutput()
	require.NoError(t, err, "%s", out)
	app := from.Host + "/apps/app:1"

	var saving, loading []program
	for i, f := range filers {
		file := filepath.Join(j.dir, fmt.Sprintf("saved%d.tar", i))
		name := filepath.Base(f.name)
		what := app
		if f.image {
			what = j.images[0]
		}
		saving = append(saving, program{name: name, run: func(job) [][]string { return [][]string{f.save(what, file, "")} }})
		loading = append(loading, program{name: name, run: func(j job) [][]string { return [][]string{f.load("", file, j.to+":1")} }})
	}
	hash := program{name: "cat | sha256sum", run: func(job) [][]string {
		return [][]string{{"sh", "-c", "cat " + filepath.Join(j.dir, "saved0.tar") + " | sha256sum"}}
	}}
	t.Run("save", func(t *testing.T) {
		compare(t, append(saving, hash), j, from, func() *registrytest.Server { return from })
	})
	t.Run("load", func(t *testing.T) { compare(t, append(loading, hash), j, from, another(t, 0)) })
}

// filers are the programs that save and load. The first is this one.
func filers(t *testing.T) []filer {
	t.Helper()
	ocompose := build(t)
	all := []filer{{
		name: ocompose,
		save: func(from, file, _ string) []string { return []string{ocompose, "save", "--force", from, file} },
		load: func(_, file, to string) []string { return []string{ocompose, "load", file, to} },
	}}
	if oras, err := tooltest.Find("oras"); err != nil {
		t.Logf("skipped: %v", err)
	} else {
		all = append(all, filer{
			name: oras, // to a folder: it does not write tar files
			save: func(from, file, _ string) []string {
				dir := file + ".d" // content that it has from before would not be written again
				return []string{"sh", "-c", `rm -rf "$1"; exec "$2" cp --from-plain-http --to-oci-layout "$3" "$1:1"`, "sh", dir, oras, from}
			},
			load: func(_, file, to string) []string {
				return []string{oras, "cp", "--from-oci-layout", "--to-plain-http", file + ".d:1", to}
			},
		})
	}
	if regctl, err := tooltest.Find("regctl"); err != nil {
		t.Logf("skipped: %v", err)
	} else {
		plain := func(ref string) []string { return []string{regctl, "--host", "reg=" + host(ref) + ",tls=disabled"} }
		all = append(all, filer{
			name: regctl,
			save: func(from, file, _ string) []string { return append(plain(from), "image", "export", from, file) },
			load: func(_, file, to string) []string { return append(plain(to), "image", "import", to, file) },
		})
	}
	if skopeo, err := tooltest.Find("skopeo"); err != nil {
		t.Logf("skipped: %v", err)
	} else {
		run := []string{skopeo, "--insecure-policy", "copy", "--all", "--quiet"}
		all = append(all, filer{
			name: skopeo, image: true,
			save: func(from, file, _ string) []string {
				return []string{"sh", "-c", `rm -f "$1"; shift; exec "$@"`, "sh", file, run[0], run[1], run[2], run[3], run[4], "--src-tls-verify=false", "docker://" + from, "oci-archive:" + file + ":1"}
			},
			load: func(_, file, to string) []string {
				return append(slices.Clone(run), "--dest-tls-verify=false", "oci-archive:"+file+":1", "docker://"+to)
			},
		})
	}
	return all
}
