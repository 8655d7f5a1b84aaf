package compose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// pinnedContent is what the only Compose file of a project is when it is pinned.
func pinnedContent(t *testing.T, opts Options) (*Project, string) {
	t.Helper()
	opts.SingleFile = true
	p, err := Load(t.Context(), opts)
	require.NoError(t, err)
	pins := Pins{}
	for _, image := range p.Images {
		pins[image.Path] = Pin{Ref: image.Ref + "@sha256:" + image.Path, InPlace: true}
	}
	files, err := p.Pin(t.Context(), pins)
	require.NoError(t, err)
	require.Equal(t, 1, countComposeFiles(files), "%+v", files)
	require.Equal(t, "compose.yaml", files[0].Name)
	return p, string(files[0].Content)
}

func TestSingleFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  string
	}{
		"a file that can be edited stays as it is": {
			files: map[string]string{"compose.yml": "# the shop\nservices:\n  web: {image: nginx} # front\n"},
			want:  "# the shop\nservices:\n  web: {image: nginx@sha256:services.web.image} # front\n",
		},
		"a file that is extended stays": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    extends: {file: base.yaml, service: b}\n    image: nginx\n",
				"base.yaml":    "services: {b: {init: true}}\n",
			},
			want: "services:\n  web:\n    extends: {file: base.yaml, service: b}\n    image: nginx@sha256:services.web.image\n",
		},
		"several files": {
			files: map[string]string{
				"compose.yaml":          "services:\n  web: {image: nginx}\n",
				"compose.override.yaml": "services:\n  web: {hostname: h, environment: {A: '${B:-c}'}}\n",
			},
			want: "services:\n  web:\n    environment:\n      A: ${B:-c}\n    hostname: h\n    image: nginx@sha256:services.web.image\n",
		},
		"an image in a file that is extended": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    extends: {file: base.yaml, service: b}\n",
				"base.yaml":    "services: {b: {image: nginx}}\n",
			},
			want: "services:\n  web:\n    image: nginx@sha256:services.web.image\n",
		},
		"an image that is given": {
			files: map[string]string{"compose.yaml": "services:\n  web: {build: .}\n  db: {image: db}\n"},
			opts:  Options{Images: map[string]string{"web": "built:1"}},
			want: "services:\n  db:\n    image: db@sha256:services.db.image\n  web:\n    build:\n      context: .\n" +
				"    image: built:1@sha256:services.web.image\n",
		},
		"an image that is given in place of another": {
			files: map[string]string{"compose.yaml": "services:\n  web: &w {image: a}\n  other: {<<: *w, init: true}\n"},
			opts:  Options{Images: map[string]string{"web": "b"}},
			want: "services:\n  other:\n    image: a@sha256:services.other.image\n    init: true\n  web:\n" +
				"    image: b@sha256:services.web.image\n",
		},
		"hooks and mounts of images": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    image: nginx\n    volumes: [{type: image, source: data, target: /d}]\n" +
					"    pre_start: [{image: init, command: [a]}]\n",
				"compose.override.yaml": "services: {web: {init: true}}\n",
			},
			want: "services:\n  web:\n    image: nginx@sha256:services.web.image\n    init: true\n    pre_start:\n      - command:\n" +
				"          - a\n        image: init@sha256:services.web.pre_start.0.image\n    volumes:\n" +
				"      - source: data@sha256:services.web.volumes./d.source\n        target: /d\n        type: image\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.WorkDir = writeFiles(t, test.files)
			_, content := pinnedContent(t, opts)
			require.Equal(t, test.want, content)
		})
	}
}

// TestSingleFileKeepsCarriedFiles: a project that is flattened refers to its files by the
// names that they are carried by.
func TestSingleFileKeepsCarriedFiles(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml":          "services:\n  web: {image: nginx, env_file: [conf/a.env], configs: [c]}\nconfigs: {c: {file: c.conf}}\n",
		"compose.override.yaml": "services: {web: {init: true}}\n",
		"conf/a.env":            "A=1\n",
		"c.conf":                "c\n",
	})
	p, content := pinnedContent(t, Options{WorkDir: dir, WithEnv: true})
	require.Equal(t, []string{"c.conf", "conf-a.env"}, carriedNames(p))
	require.Contains(t, content, "path: ./conf-a.env\n")
}
