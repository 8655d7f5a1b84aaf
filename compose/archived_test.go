package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pinnedContent pins a project and returns the content of its only Compose file.
func pinnedContent(t *testing.T, opts Options) (*Project, string) {
	t.Helper()
	opts.Archived = true
	p, err := Load(t.Context(), opts)
	require.NoError(t, err)
	pins := Pins{}
	for _, image := range p.Images {
		pins[image.Path] = Pin{Ref: image.Ref + "@sha256:" + image.Path, InPlace: true}
	}
	files, err := p.Pin(t.Context(), pins)
	require.NoError(t, err)
	require.Equal(t, "compose.yaml", files[0].Name)
	return p, string(files[0].Content)
}

func TestArchived(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  string
	}{
		"an editable file keeps its form": {
			files: map[string]string{"compose.yml": "# the shop\nservices:\n  web: {image: nginx} # front\n"},
			want:  "# the shop\nservices:\n  web: {image: nginx@sha256:services.web.image} # front\n",
		},
		"an extended file is not edited": {
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
		"an image in an extended file": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    extends: {file: base.yaml, service: b}\n",
				"base.yaml":    "services: {b: {image: nginx}}\n",
			},
			want: "services:\n  web:\n    image: nginx@sha256:services.web.image\n",
		},
		"an image from --image": {
			files: map[string]string{"compose.yaml": "services:\n  web: {build: .}\n  db: {image: db}\n"},
			opts:  Options{Images: map[string]string{"web": "built:1"}},
			want: "services:\n  db:\n    image: db@sha256:services.db.image\n  web:\n    build:\n      context: .\n" +
				"    image: built:1@sha256:services.web.image\n",
		},
		"--image replaces another image": {
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

// TestArchivedFiles packages files in an archive: they keep their folders, files that Docker
// Compose needs only in a registry are omitted, and a warning names each file that is not
// packaged.
func TestArchivedFiles(t *testing.T) {
	t.Parallel()
	const mountsStay = "bind mounts are not packaged, and must exist on the deployment host: "
	for name, test := range map[string]struct {
		files    map[string]string
		opts     Options
		carried  []string
		content  string
		warning  string
		requires []string
	}{
		"an image from --image in a file in a subfolder": {
			files: map[string]string{
				"compose.yaml":   "include: [sub/inc.yaml]\nservices:\n  web: {image: a, env_file: conf/a.env, configs: [c]} # front\nconfigs: {c: {file: ./conf/c.sh}}\n",
				"sub/inc.yaml":   "services: {inc: {image: c, label_file: labels, init: true}}\n",
				"sub/labels":     "a=b\n",
				"conf/a.env":     "A=1\n",
				"conf/c.sh":      "#!/bin/sh\n",
				"conf/other.txt": "",
			},
			opts:    Options{WithEnv: true, Images: map[string]string{"inc": "b"}},
			carried: []string{"conf/a.env", "conf/c.sh", "sub/labels"},
			content: "configs:\n  c:\n    file: ./conf/c.sh\nservices:\n  inc:\n    image: b@sha256:services.inc.image\n    init: true\n    label_file:\n      - ./sub/labels\n" +
				"  web:\n    configs:\n      - source: c\n    env_file:\n      - path: ./conf/a.env\n        required: true\n    image: a@sha256:services.web.image\n",
		},
		"folders are kept": {
			files: map[string]string{
				"compose.yaml":  "services:\n  web: # front\n    image: a\n    extends: {file: sub/base.yaml, service: b}\n    label_file: sub/labels\n",
				"sub/base.yaml": "services: {b: {init: true}}\n",
				"sub/labels":    "a=b\n",
			},
			carried: []string{"sub/base.yaml", "sub/labels"},
			content: "services:\n  web: # front\n    image: a@sha256:services.web.image\n    extends: {file: sub/base.yaml, service: b}\n    label_file: sub/labels\n",
		},
		"outside the project folder": {
			files: map[string]string{
				"p/compose.yaml": "services: {web: {image: a, extends: {file: ../base.yaml, service: b}, env_file: [../a.env]}}\n",
				"base.yaml":      "services: {b: {init: true}}\n",
				"a.env":          "A=1\n",
			},
			opts:    Options{Files: []string{"p/compose.yaml"}, WithEnv: true},
			carried: []string{"a.env"},
			content: "services:\n  web:\n    env_file:\n      - path: ./a.env\n        required: true\n    image: a@sha256:services.web.image\n    init: true\n",
		},
		"mounted files": {
			files: map[string]string{
				"compose.yaml": "services:\n  web: {image: a, volumes: ['./a.conf:/a', './x:/etc/x:ro', './gone:/gone', './c.conf:/c'], configs: [c]}\nconfigs: {c: {file: c.conf}}\n",
				"a.conf":       "a",
				"x/b.conf":     "b",
				"c.conf":       "c",
			},
			carried: []string{"c.conf"},
			content: "services:\n  web: {image: a@sha256:services.web.image, volumes: ['./a.conf:/a', './x:/etc/x:ro', './gone:/gone', './c.conf:/c'], configs: [c]}\n" +
				"configs: {c: {file: c.conf}}\n",
			warning:  mountsStay + "a.conf, x",
			requires: []string{"mount a.conf [web] optional", "mount gone [web] optional", "mount x [web] optional"},
		},
		"mounted files, omitted by option": {
			files:    map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./a.conf:/a']}}\n", "a.conf": "a"},
			opts:     Options{WithoutFiles: true},
			content:  "services: {web: {image: a@sha256:services.web.image, volumes: ['./a.conf:/a']}}\n",
			requires: []string{"mount a.conf [web] optional"},
		},
		"an env file that does not exist": {
			files:    map[string]string{"compose.yaml": "services:\n  web: {image: a, env_file: [{path: b.env, required: false}]}\n"},
			content:  "services:\n  web: {image: a@sha256:services.web.image, env_file: [{path: b.env, required: false}]}\n",
			requires: []string{"env-file b.env [web] optional"},
		},
		"env files of an include are not packaged": {
			files: map[string]string{
				"compose.yaml": "include: [{path: inc.yaml, env_file: s/inc.env}]\nservices: {web: {image: a}}\n",
				"inc.yaml":     "services: {inc: {image: b, hostname: '${H:-h}'}}\n",
				"s/inc.env":    "H=secret\n",
			},
			content: "services:\n  inc:\n    hostname: ${H:-h}\n    image: b@sha256:services.inc.image\n  web:\n    image: a@sha256:services.web.image\n",
		},
		"a file with the name of the main file": {
			files: map[string]string{
				"main.yaml":    "services: {web: {image: a, label_file: compose.yaml}}\n",
				"compose.yaml": "a=b\n",
			},
			opts:    Options{Files: []string{"main.yaml"}},
			carried: []string{"compose-2.yaml"},
			content: "services:\n  web:\n    image: a@sha256:services.web.image\n    label_file:\n      - ./compose-2.yaml\n",
		},
		"a variable in a file name": {
			files: map[string]string{
				"compose.yaml": "services: {web: {image: a, label_file: '${L}/labels'}}\n",
				"sub/labels":   "a=b\n",
			},
			opts:    Options{Environ: []string{"L=sub"}},
			carried: []string{"sub/labels"},
			content: "services:\n  web:\n    image: a@sha256:services.web.image\n    label_file:\n      - ./sub/labels\n",
		},
		"flattened by option": {
			files: map[string]string{
				"compose.yaml": "services: {web: {image: a, env_file: [a.env]}}\n",
				"a.env":        "A=1\n",
			},
			opts:    Options{Flatten: true, WithEnv: true},
			carried: []string{"a.env"},
			content: "services:\n  web:\n    env_file:\n      - path: ./a.env\n        required: true\n    image: a@sha256:services.web.image\n",
		},
		"one image for all built services": {
			files:   map[string]string{"compose.yaml": "services: {web: {build: .}, other: {image: a}}\n"},
			opts:    Options{Images: map[string]string{"*": "shop/{service}"}},
			content: "services:\n  other:\n    image: a@sha256:services.other.image\n  web:\n    build:\n      context: .\n    image: shop/web@sha256:services.web.image\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.WorkDir = writeFiles(t, test.files)
			p, content := pinnedContent(t, opts)
			require.Equal(t, test.carried, carriedNames(p))
			require.Equal(t, test.content, content)
			require.Equal(t, test.warning, strings.Join(p.Warnings, "\n"))
			require.Equal(t, test.requires, requirementTexts(p))
		})
	}
}

// TestArchivedRejects: env files and configs must be in the archive, under relative paths.
func TestArchivedRejects(t *testing.T) {
	t.Parallel()
	abs := filepath.Join(t.TempDir(), "abs.txt")
	require.NoError(t, os.WriteFile(abs, []byte("a"), 0o600))
	const withEnv = " belongs into the archive, and is not packaged without --with-env"
	const absolute = "its path is absolute, and an archive needs relative paths"
	for name, test := range map[string]struct {
		content string
		withEnv bool
		reason  string
	}{
		"an env file":                    {"services: {web: {image: a, env_file: [s/a.env]}}\n", false, "env_file s/a.env" + withEnv},
		"an optional env file":           {"services: {web: {image: a, env_file: [{path: s/a.env, required: false}]}}\n", false, "env_file s/a.env" + withEnv},
		"an env file that is missing":    {"services: {web: {image: a, env_file: [gone.env]}}\n", false, "env_file gone.env can't be packaged: no such file"},
		"a variable without value":       {"services: {web: {image: a, env_file: ['${NONE}.env']}}\n", false, "needs the variable NONE"},
		"an absolute env file":           {"services: {web: {image: a, env_file: ['" + abs + "']}}\n", true, absolute},
		"an optional, absolute env file": {"services: {web: {image: a, env_file: [{path: '" + abs + "', required: false}]}}\n", false, absolute},
		"an absolute config":             {"services: {web: {image: a, configs: [c]}}\nconfigs: {c: {file: '" + abs + "'}}\n", false, absolute},
		"an absolute label file":         {"services: {web: {image: a, label_file: '" + abs + "'}}\n", false, absolute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{"compose.yaml": test.content, "s/a.env": "A=1\n"})
			_, err := Load(t.Context(), Options{WorkDir: dir, Archived: true, WithEnv: test.withEnv})
			require.ErrorContains(t, err, test.reason)
		})
	}
}
