package compose

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// carriedNames lists the carried files by name: with a plus if only pull restores the file, and
// with the name under which Docker Compose restores it if it differs.
func carriedNames(p *Project) []string {
	var names []string
	for _, file := range p.Carried {
		name := file.Name
		switch {
		case file.Kind == ExtraFile:
			name = "+" + name
		case file.RestoredAs != "":
			name += " as " + file.RestoredAs
		}
		names = append(names, name)
	}
	return names
}

// requirementTexts formats the requirements on the deployment host.
func requirementTexts(p *Project) []string {
	var all []string
	for _, r := range p.Requires {
		text := r.Kind + " " + r.Path
		if len(r.Services) > 0 {
			text += fmt.Sprint(" ", r.Services)
		}
		if r.Optional {
			text += " optional"
		}
		all = append(all, text)
	}
	return all
}

func TestCarry(t *testing.T) {
	t.Parallel()
	const web = "services:\n  web:\n    image: a\n"
	for name, test := range map[string]struct {
		files    map[string]string
		opts     Options
		carried  []string
		warnings []string
		requires []string
		errs     []string
	}{
		"nothing": {
			files: map[string]string{"compose.yaml": web, "other.yaml": "", ".env": ""},
		},
		"include and extends": {
			files: map[string]string{
				"compose.yaml": "include: [inc.yaml]\n" + web + "    extends: {file: base.yaml, service: b}\n",
				"inc.yaml":     "services: {inc: {image: b}}\n",
				"base.yaml":    "services: {b: {init: true}}\n",
			},
			carried: []string{"base.yaml", "inc.yaml"},
		},
		"in subfolders": {
			files: map[string]string{
				"compose.yaml": "include: [sub/inc.yaml]\n" + web,
				"sub/inc.yaml": "services: {inc: {image: b, label_file: labels}}\n",
				"sub/labels":   "a=b\n",
			},
			carried:  []string{"sub/labels as sub-labels"},
			warnings: []string{"Docker Compose can't read sub/inc.yaml from a registry, so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		},
		"in subfolders, with --as-is": {
			files: map[string]string{
				"compose.yaml": "include: [sub/inc.yaml]\n" + web,
				"sub/inc.yaml": "services: {inc: {image: b, label_file: labels}}\n",
				"sub/labels":   "a=b\n",
			},
			opts:    Options{AsIs: true},
			carried: []string{"+sub/inc.yaml", "+sub/labels"},
			warnings: []string{"Docker Compose does not restore files in subfolders when it reads the composition from the registry, " +
				"only pull does: sub/inc.yaml, sub/labels"},
		},
		"outside the project folder": {
			files:    map[string]string{"p/compose.yaml": web + "    extends: {file: ../base.yaml, service: b}\n", "base.yaml": "services: {b: {init: true}}\n"},
			opts:     Options{Files: []string{"p/compose.yaml"}},
			warnings: []string{"Docker Compose can't read ../base.yaml from a registry, so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		},
		"outside the project folder, with --as-is": {
			files: map[string]string{"p/compose.yaml": web + "    extends: {file: ../base.yaml, service: b}\n", "base.yaml": "services: {b: {init: true}}\n"},
			opts:  Options{Files: []string{"p/compose.yaml"}, AsIs: true},
			errs:  []string{"compose.yaml:4: extends ../base.yaml can't be packaged: it is outside the project folder"},
		},
		"outside the project folder, flattened": {
			files: map[string]string{"p/compose.yaml": web + "    extends: {file: ../base.yaml, service: b}\n", "base.yaml": "services: {b: {init: true}}\n"},
			opts:  Options{Files: []string{"p/compose.yaml"}, Flatten: true},
		},
		"an env file without the flag": {
			files:    map[string]string{"compose.yaml": web + "    env_file:\n      - a.env\n      - {path: b.env, required: false}\n      - {path: c.env, required: false}\n", "a.env": "A=1\n", "b.env": "B=1\n"},
			requires: []string{"env-file a.env [web] optional", "env-file b.env [web] optional", "env-file c.env [web] optional"},
		},
		"optional env files without the flag": {
			files:    map[string]string{"compose.yaml": web + "    env_file:\n      - {path: b.env, required: false}\n      - {path: c.env, required: false}\n", "b.env": "B=1\n"},
			requires: []string{"env-file b.env [web] optional", "env-file c.env [web] optional"},
		},
		"env files": {
			files:    map[string]string{"compose.yaml": web + "    env_file: [a.env, {path: c.env, required: false}]\n", "a.env": "A=1\n"},
			opts:     Options{WithEnv: true},
			carried:  []string{"a.env"},
			requires: []string{"env-file c.env [web] optional"},
		},
		"env files in a subfolder and outside": {
			files:   map[string]string{"p/compose.yaml": web + "    env_file: [a.env, s/a.env, ../a.env]\n", "p/a.env": "A=1\n", "p/s/a.env": "A=2\n", "a.env": "A=3\n"},
			opts:    Options{Files: []string{"p/compose.yaml"}, WithEnv: true},
			carried: []string{"a-2.env", "a.env", "s/a.env as s-a.env"},
		},
		"a missing required env file": {
			files: map[string]string{"compose.yaml": web + "    env_file: a.env\n"},
			opts:  Options{WithEnv: true},
			errs:  []string{"compose.yaml:4: service web: env_file a.env can't be packaged: no such file or directory"},
		},
		"the env file of an include": {
			files:    map[string]string{"compose.yaml": "include: [{path: i.yaml, env_file: i.env}]\n" + web, "i.yaml": "services: {i: {image: 'i:$T'}}", "i.env": "T=1\n"},
			warnings: []string{"Docker Compose can't read i.env from a registry, so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		},
		"the env file of an include, with --as-is": {
			files: map[string]string{"compose.yaml": "include: [{path: i.yaml, env_file: i.env}]\n" + web, "i.yaml": "services: {i: {image: 'i:$T'}}", "i.env": "T=1\n"},
			opts:  Options{AsIs: true},
			errs:  []string{"compose.yaml:1: env_file i.env is required and is not packaged without --with-env"},
		},
		"the .env of an include": {
			files:    map[string]string{"compose.yaml": "include: [s/i.yaml]\n" + web, "s/i.yaml": "services: {i: {image: 'i:$T'}}", "s/.env": "T=1\n"},
			warnings: []string{"Docker Compose can't read s/i.yaml from a registry, so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		},
		"configs, label files and a seccomp profile": {
			files: map[string]string{
				"compose.yaml": web + "    label_file: [l]\n    security_opt: ['seccomp=s.json', 'seccomp:unconfined', 'no-new-privileges:true']\n    configs: [c]\nconfigs: {c: {file: c.txt}, d: {content: x}}\n",
				"l":            "a=b", "s.json": "{}", "c.txt": "c",
			},
			carried: []string{"c.txt", "l", "s.json"},
		},
		"a missing config": {
			files: map[string]string{"compose.yaml": web + "configs: {c: {file: c.txt}}\n"},
			errs:  []string{"compose.yaml:4: the file of the config c c.txt can't be packaged: no such file or directory"},
		},
		"absolute paths": {
			files:    map[string]string{"compose.yaml": web + "    env_file: /nowhere/a.env\n"},
			requires: []string{"env-file /nowhere/a.env [web] optional"},
		},
		"a secret file that is also a config": {
			files:    map[string]string{"compose.yaml": web + "    security_opt: ['seccomp:s.txt']\n    env_file: [{path: s.txt, required: false}]\nsecrets: {s: {file: s.txt}}\nconfigs: {c: {file: ./s.txt}}\n", "s.txt": "hunter2"},
			opts:     Options{WithEnv: true},
			requires: []string{"config s.txt", "env-file s.txt [web] optional", "seccomp-profile s.txt [web]", "secret s.txt"},
		},
		"a secret file that Docker Compose reads": {
			files: map[string]string{"compose.yaml": web + "    env_file: s.txt\n    label_file: s.txt\nsecrets: {s: {file: s.txt}}\n", "s.txt": "A=hunter2"},
			opts:  Options{WithEnv: true},
			errs: []string{
				"compose.yaml:4: service web: env_file s.txt can't be packaged: it is also a secret file, and secret files are never packaged",
				"compose.yaml:5: service web: label_file s.txt can't be packaged: it is also a secret file, and secret files are never packaged",
			},
		},
		"secrets": {
			files:    map[string]string{"compose.yaml": web + "    secrets: [s]\nsecrets: {s: {file: s.txt}, t: {environment: T}}\n", "s.txt": "hunter2"},
			opts:     Options{WithEnv: true, WithFiles: true, AllowSecrets: true},
			requires: []string{"secret s.txt [web]"},
		},
		"only packaged services": {
			files:    map[string]string{"compose.yaml": web + "  dev:\n    image: b\n    profiles: [dev]\n    env_file: dev.env\n    volumes: ['./dev:/dev']\n", "dev.env": "A=1", "dev/x": "x"},
			opts:     Options{Profiles: []string{"prod"}},
			warnings: []string{`no service has the profile "prod"`},
		},
		"its own file by name": {
			files:   map[string]string{"docker-compose.yml": web + "    extends: {file: docker-compose.yml, service: b}\n  b: {image: b}\n"},
			carried: []string{"docker-compose.yml"},
		},
		"its own file, compose.yaml": {
			files: map[string]string{"compose.yaml": web + "    extends: {file: compose.yaml, service: b}\n  b: {image: b}\n"},
		},
		"another file called compose.yaml": {
			files:    map[string]string{"main.yaml": web + "    extends: {file: compose.yaml, service: b}\n", "compose.yaml": "services: {b: {init: true}}\n"},
			opts:     Options{Files: []string{"main.yaml"}},
			warnings: []string{"Docker Compose can't read compose.yaml from a registry, so the Compose files are merged into one (--as-is keeps them, for use with pull only)"},
		},
		"another file called compose.yaml, flattened": {
			files: map[string]string{"main.yaml": web + "    extends: {file: compose.yaml, service: b}\n", "compose.yaml": "services: {b: {init: true}}\n"},
			opts:  Options{Files: []string{"main.yaml"}, Flatten: true},
		},
		"a file with the name of the pins file": {
			files:   map[string]string{"compose.yaml": web + "    label_file: image-digests.yaml\n", "image-digests.yaml": "a=b"},
			carried: []string{"image-digests-2.yaml"},
		},
		"files in subfolders, flattened": {
			files: map[string]string{
				"compose.yaml": web + "    label_file: [a/b/l, a-b-l]\n    configs: [c]\nconfigs: {c: {file: ./conf/c.txt}}\n",
				"a/b/l":        "x=y", "a-b-l": "x=z", "conf/c.txt": "c",
			},
			opts:    Options{Flatten: true},
			carried: []string{"a-b-l", "a/b/l as a-b-l-2", "conf/c.txt as conf-c.txt"},
		},
		"bind mounts without the flag": {
			files:    map[string]string{"compose.yaml": web + "    volumes: ['./f:/f', './d:/d', './new:/new', '../o:/o', '/etc:/etc', 'v:/v', '${X}:/x', './f:/g']\nvolumes: {v: {}}\n", "f": "f", "d/e": "e"},
			carried:  []string{"f"},
			warnings: []string{"mounted folders and binary files that containers may write to are not packaged without --with-files: d"},
			requires: []string{"mount ../o [web] optional", "mount /etc [web] optional", "mount d [web] optional", "mount new [web] optional"},
		},
		"bind mounts": {
			files: map[string]string{
				"compose.yaml": web + "    volumes: ['./f:/f', './d:/d', {type: bind, source: ., target: /all}]\n    secrets: [s]\nsecrets: {s: {file: d/secret}}\n",
				"f":            "f", "d/e": "e", "d/secret": "hunter2", ".env": "A=1", ".git/config": "x", "b/c/d": "x",
			},
			opts:     Options{WithFiles: true},
			carried:  []string{"b/c/d as b-c-d", "d/e as d-e", "f"},
			warnings: []string{"mounted env files are not packaged without --with-env: .env"},
			requires: []string{"file .env [web] optional", "mount . [web]", "secret d/secret [web]"},
		},
		"bind mounts that are too large": {
			files: map[string]string{"compose.yaml": web + "    volumes: ['./d:/d']\n", "d/a": "12345", "d/b": "12345"},
			opts:  Options{WithFiles: true, MaxFilesSize: 9},
			errs: []string{"compose.yaml:4: service web: the bind mount d can't be packaged: it has 2 files with 10 bytes, the largest d/a (5 bytes), d/b (5 bytes); " +
				"the limit is 9 bytes for all mounts together (--max-files-size raises it). --exclude d leaves it to the deployment host"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.WorkDir = writeFiles(t, test.files)
			p, err := Load(t.Context(), test.opts)
			if test.errs != nil {
				var got []string
				for _, e := range Errors(err) {
					got = append(got, e.Error())
				}
				require.Equal(t, test.errs, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.carried, carriedNames(p))
			require.Equal(t, test.warnings, p.Warnings)
			require.Equal(t, test.requires, requirementTexts(p))
		})
	}
}

func TestCarryRejectsSymlinksToOutside(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("a=b\n"), 0o600))
	for name, test := range map[string]struct{ service, link, want string }{
		"a label file":         {"label_file: link", "link", "symlink that points outside the project folder"},
		"a bind mount":         {"volumes: ['./link:/x']", "link", "symlink that points outside the project folder"},
		"in a mounted folder":  {"volumes: ['./d:/x']", "d/link", "symlink that points outside the project folder"},
		"of a folder above it": {"label_file: up/outside", "up", "symlink that points outside the project folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, " + test.service + "}}", "d/x": ""})
			target := outside
			if test.link == "up" {
				target = filepath.Dir(outside)
			}
			require.NoError(t, os.Symlink(target, filepath.Join(dir, filepath.FromSlash(test.link))))
			_, err := Load(t.Context(), Options{WorkDir: dir, WithFiles: true})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestCarryFollowsSymlinksInside(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, label_file: link}}", "real": "a=b\n"})
	require.NoError(t, os.Symlink("real", filepath.Join(dir, "link")))
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []File{{Name: "link", Content: []byte("a=b\n"), Kind: RestoredFile}}, p.Carried)
}

// TestCarryOmitsSecretsUnderAnyName mounts folders with secrets under several names and paths.
func TestCarryOmitsSecretsUnderAnyName(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, volumes: ['./d:/d', './certs/sub:/c', './linked:/l']}}\nsecrets: {s: {file: s.txt}, certs: {file: ./certs}, in: {file: d/in}}\n",
		"s.txt":        "hunter2", "d/plain": "p", "d/in/key": "hunter2", "certs/key": "hunter2", "certs/sub/key": "hunter2",
	})
	require.NoError(t, os.Symlink("../s.txt", filepath.Join(dir, "d", "link")))
	require.NoError(t, os.Symlink("../certs/key", filepath.Join(dir, "d", "key")))
	require.NoError(t, os.Symlink("certs", filepath.Join(dir, "linked")))
	p, err := Load(t.Context(), Options{WorkDir: dir, WithFiles: true})
	require.NoError(t, err)
	require.Equal(t, []string{"d/plain as d-plain"}, carriedNames(p))
}

func TestCarryModesAndSockets(t *testing.T) {
	t.Parallel()
	// The path of a socket must be short.
	dir, err := os.MkdirTemp("", "o") //nolint:usetesting // t.TempDir has a long name
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	for name, content := range map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./d:/d', './d/s:/s']}}", "d": "", "run.sh": ""} {
		if name == "d" {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "d"), 0o755))
			continue
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d", "run.sh"), nil, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d", "plain"), nil, 0o644))
	listener, err := net.Listen("unix", filepath.Join(dir, "d", "s"))
	require.NoError(t, err)
	defer listener.Close()
	p, err := Load(t.Context(), Options{WorkDir: dir, WithFiles: true})
	require.NoError(t, err)
	require.Equal(t, []string{"d/plain as d-plain", "d/run.sh as d-run.sh"}, carriedNames(p))
	require.False(t, p.Carried[0].Executable)
	require.True(t, p.Carried[1].Executable)
}

func TestLayerNames(t *testing.T) {
	t.Parallel()
	const some = "services: {web: {image: a}}\n"
	dir := writeFiles(t, map[string]string{
		"p/main.yml": some, "p/compose.yaml": some, "p/sub/x.yaml": some, "x.yaml": some, "y/x.yaml": some, "p/image-digests.yaml": some, "p/empty.yaml": "# nothing\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, Files: []string{
		"p/main.yml", "p/compose.yaml", "p/sub/x.yaml", "x.yaml", "y/x.yaml", "p/image-digests.yaml", "p/empty.yaml"}})
	require.NoError(t, err)
	var names []string
	for _, file := range p.Files {
		names = append(names, file.Name)
	}
	require.Equal(t, []string{"compose.yaml", "compose-2.yaml", "sub/x.yaml", "x.yaml", "x-2.yaml", "image-digests-2.yaml"}, names)
	require.Contains(t, strings.Join(p.Warnings, "\n"), "empty.yaml has no content and is not packaged")
}
