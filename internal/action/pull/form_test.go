package pull

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// pulledLayers are layers with names. Those that are not YAML are restored files.
func pulledLayers(names ...string) []artifact.Layer {
	var layers []artifact.Layer
	for _, name := range names {
		kind := compose.RestoredFile
		if base, ok := strings.CutPrefix(name, "-f "); ok {
			name, kind = base, compose.ComposeFile
		}
		layers = append(layers, artifact.Layer{File: compose.File{Name: name, Kind: kind}})
	}
	return layers
}

func TestPullForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		layers []artifact.Layer
		// there is an override in the folder.
		there string
		want  []string
		found bool
		err   string
	}{
		"one file":             {layers: pulledLayers("-f compose.yaml", "a"), want: []string{"compose.yaml", "a"}, found: true},
		"pins":                 {layers: pulledLayers("-f compose.yaml", "-f image-digests.yaml", "a"), want: []string{"compose.yaml", "compose.override.yaml", "image-digests.yaml", "a"}, found: true},
		"several":              {layers: pulledLayers("-f compose.yaml", "-f compose.override.yaml", "-f image-digests.yaml"), want: []string{"compose.yaml", "compose.override.yaml", "image-digests.yaml"}, found: true},
		"another main name":    {layers: pulledLayers("-f app.yaml", "-f image-digests.yaml"), want: []string{"app.yaml", "image-digests.yaml"}},
		"a file of that name":  {layers: pulledLayers("-f compose.yaml", "-f image-digests.yaml", "compose.override.yaml"), want: []string{"compose.yaml", "image-digests.yaml", "compose.override.yaml"}},
		"another override":     {layers: pulledLayers("-f compose.yaml", "-f image-digests.yaml", "compose.override.yml"), want: []string{"compose.yaml", "compose.override.yaml", "image-digests.yaml", "compose.override.yml"}},
		"an override only":     {layers: pulledLayers("-f compose.yaml", "Docker-Compose.Override.yaml"), want: []string{"compose.yaml", "Docker-Compose.Override.yaml"}},
		"another main file":    {layers: pulledLayers("-f docker-compose.yml", "compose.yml"), want: []string{"docker-compose.yml", "compose.yml"}},
		"in a subfolder":       {layers: pulledLayers("-f compose.yaml", "a/compose.yml"), want: []string{"compose.yaml", "a/compose.yml"}, found: true},
		"the user's own":       {layers: pulledLayers("-f compose.yaml", "-f image-digests.yaml"), there: "services: {}\n", want: []string{"compose.yaml", "image-digests.yaml"}},
		"the user's own, last": {layers: pulledLayers("-f compose.yaml", "-f compose.override.yaml"), there: "# mine", want: []string{"compose.yaml", "image-digests.yaml"}},
		"of an earlier pull":   {layers: pulledLayers("-f compose.yaml"), there: overrideMark + "services: {web: {image: old}}\n", want: []string{"compose.yaml", "compose.override.yaml"}, found: true},
		"no file at all":       {layers: pulledLayers("a"), want: []string{"a"}},
		"a duplicate name":     {layers: pulledLayers("-f compose.yaml", "-f image-digests.yaml", "Compose.Override.yaml", "image-digests.yaml"), err: `two files are called "image-digests.yaml"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if test.there != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, overrideName), []byte(test.there), 0o644))
			}
			form, err := newPullForm(test.layers, dir)
			require.NoError(t, err)
			layers, err := form.layers([]byte("x"))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, l := range layers {
				got = append(got, l.File.Name)
			}
			require.Equal(t, test.want, got)
			require.Equal(t, test.found, form.found())
		})
	}
}

// FuzzMergedOverride merges files of other authors and reads the requirements of the application
// in the folder: it neither panics nor reads other files.
func FuzzMergedOverride(f *testing.F) {
	f.Add("services: {web: {image: a, volumes: ['./x:/x', '/etc:/etc', '~/h:/h']}}", "services: {web: {env_file: ../../x.env}}", "x")
	f.Add("include: [../../etc/passwd]", "---\n", "a\x00b")
	f.Fuzz(func(t *testing.T, main, override, name string) {
		if len(main)+len(override) > 1<<12 {
			return
		}
		dir := t.TempDir()
		layers := pulledLayers("-f compose.yaml", "-f "+name, name)
		if _, err := newPullForm(layers, dir); err != nil {
			return
		}
		merged := (&pullForm{name: overrideName}).merged([][]byte{[]byte(override)})
		require.True(t, strings.HasPrefix(string(merged), overrideMark))
		project, err := compose.Open(t.Context(), []compose.File{{Name: "compose.yaml", Content: []byte(main)}, {Name: overrideName, Content: merged}}, nil)
		if err != nil {
			return
		}
		for _, r := range project.Requires {
			require.NotEmpty(t, r.Path)
		}
	})
}
