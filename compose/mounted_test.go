package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// registryFile is the override with which Docker Compose finds the files of a project in a
// registry, or "" if none is needed.
func registryFile(p *Project) string {
	for _, f := range p.Files {
		if f.Kind == RegistryFile {
			return string(f.Content)
		}
	}
	return ""
}

func TestMountedFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		service string
		files   map[string]string
		opts    Options
		carried []string
		// override is the part of the registry's override for the service.
		override string
		warning  string
	}{
		"next to compose.yaml": {
			service: "volumes: [./a.conf:/a, './b.conf:/b:ro', '${C:-./c.conf}:/c']",
			files:   map[string]string{"a.conf": "a", "b.conf": "b", "c.conf": "c"},
			carried: []string{"a.conf", "b.conf", "c.conf"},
		},
		"in a folder": {
			service:  "volumes: [./x/a.conf:/a:ro]",
			files:    map[string]string{"x/a.conf": "a"},
			carried:  []string{"x/a.conf as x-a.conf"},
			override: "volumes: !override [{bind: {create_host_path: true}, read_only: true, source: ./x-a.conf, target: /a, type: bind}]",
		},
		"a read-only folder": {
			service: "volumes: [./x:/etc/x:ro]",
			files:   map[string]string{"x/a.conf": "a", "x/y/b.png": "\x89\xff", "x/.env": "A=1"},
			carried: []string{"x/a.conf as x-a.conf", "x/y/b.png as x-y-b.png"},
			override: "volumes: !override [{target: /etc/x, type: tmpfs}, {read_only: true, source: ./x-a.conf, target: /etc/x/a.conf, type: bind}, " +
				"{read_only: true, source: ./x-y-b.png, target: /etc/x/y/b.png, type: bind}]",
			warning: "mounted env files are not packaged without --with-env: x/.env",
		},
		"with a label for SELinux": {
			service: "volumes: ['./x:/etc/x:ro,Z', './y/b:/b:z']",
			files:   map[string]string{"x/a.conf": "a", "y/b": "b"},
			carried: []string{"x/a.conf as x-a.conf", "y/b as y-b"},
			override: "volumes: !override [{target: /etc/x, type: tmpfs}, {bind: {create_host_path: true, selinux: z}, source: ./y-b, target: /b, type: bind}, " +
				"{bind: {create_host_path: true, selinux: Z}, read_only: true, source: ./x-a.conf, target: /etc/x/a.conf, type: bind}]",
		},
		"a folder of scripts": {
			service: "volumes: ['./init:/docker-entrypoint-initdb.d']",
			files:   map[string]string{"init/a.sql": "a", "init/b.sh*": "#!/bin/sh\n$X"},
			carried: []string{"init/a.sql as init-a.sql", "+init/b.sh"},
			override: "configs: !override [{mode: \"0755\", source: file-init-b.sh, target: /docker-entrypoint-initdb.d/b.sh}] " +
				"volumes: !override [{bind: {create_host_path: true}, source: ./init, target: /docker-entrypoint-initdb.d, type: bind}, " +
				"{source: ./init-a.sql, target: /docker-entrypoint-initdb.d/a.sql, type: bind}]",
		},
		"the source of an image": {
			service: "build: ./app, volumes: ['./app:/code', '/code/node_modules', './app/data:/code/data']",
			files: map[string]string{"app/a.js": "a", "app/i.png": "\x89\xff", "app/db.bin": "\x00", "app/node_modules/x.js": "x",
				"app/lib/__pycache__/a.pyc": "\x00", "app/data/state": "s", "app/data/more": "m"},
			carried: []string{"app/a.js as app-a.js", "app/i.png as app-i.png"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./app, target: /code, type: bind}, {target: /code/node_modules, type: volume, volume: {}}, " +
				"{bind: {create_host_path: true}, source: ./app/data, target: /code/data, type: bind}, " +
				"{source: ./app-a.js, target: /code/a.js, type: bind}, {source: ./app-i.png, target: /code/i.png, type: bind}]",
			warning: "output of tools in mounted source folders is not packaged without --with-files: app/lib/__pycache__\n" +
				"mounted folders and binary files that containers may write to are not packaged without --with-files: app/db.bin, app/data",
		},
		"next to the source of an image": {
			service: "build: ., volumes: ['./state:/srv/state', './src:/var/lib/x']",
			files:   map[string]string{"state/a": "a", "src/a": "a"},
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: state, src",
		},
		"a file that is also in a folder": {
			service: "volumes: ['./x:/etc/x', './x/logo.png:/srv/logo.png', './x/a.conf:/srv/a.conf']",
			files:   map[string]string{"x/logo.png": "\x89\xff", "x/a.conf": "a", "x/state.bin": "\xff"},
			carried: []string{"x/a.conf as x-a.conf", "x/logo.png as x-logo.png"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./x, target: /etc/x, type: bind}, " +
				"{bind: {create_host_path: true}, source: ./x-logo.png, target: /srv/logo.png, type: bind}, {bind: {create_host_path: true}, source: ./x-a.conf, target: /srv/a.conf, type: bind}, " +
				"{source: ./x-a.conf, target: /etc/x/a.conf, type: bind}, {source: ./x-logo.png, target: /etc/x/logo.png, type: bind}]",
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: x/state.bin",
		},
		"a folder of programs": {
			service: "volumes: ['./checks:/checks', './more:/more']",
			files:   map[string]string{"checks/a.sh": "a", "checks/b.sql": "b", "more/a.sh": "a", "more/b.txt": "b"},
			carried: []string{"checks/a.sh as checks-a.sh", "checks/b.sql as checks-b.sql"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./checks, target: /checks, type: bind}, " +
				"{bind: {create_host_path: true}, source: ./more, target: /more, type: bind}, " +
				"{source: ./checks-a.sh, target: /checks/a.sh, type: bind}, {source: ./checks-b.sql, target: /checks/b.sql, type: bind}]",
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: more",
		},
		"folders of configuration": {
			service: "volumes: ['./boards:/var/lib/x/boards', './data/conf:/conf', './conf:/srv/data', './kept:/kept', './mixed:/mixed']",
			files:   map[string]string{"boards/a.json": "a", "boards/b/c.YML": "b", "data/conf/a.yml": "a", "conf/a.yml": "a", "kept/.gitkeep": "", "mixed/a.yml": "a", "mixed/b": "b"},
			carried: []string{"boards/a.json as boards-a.json", "boards/b/c.YML as boards-b-c.YML"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./boards, target: /var/lib/x/boards, type: bind}, " +
				"{bind: {create_host_path: true}, source: ./data/conf, target: /conf, type: bind}, {bind: {create_host_path: true}, source: ./conf, target: /srv/data, type: bind}, " +
				"{bind: {create_host_path: true}, source: ./kept, target: /kept, type: bind}, {bind: {create_host_path: true}, source: ./mixed, target: /mixed, type: bind}, " +
				"{source: ./boards-a.json, target: /var/lib/x/boards/a.json, type: bind}, {source: ./boards-b-c.YML, target: /var/lib/x/boards/b/c.YML, type: bind}]",
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: data/conf, conf, kept, mixed",
		},
		"data below /usr/share": {
			service: "volumes: ['./html:/usr/share/nginx/html', './es:/usr/share/elasticsearch/data']",
			files:   map[string]string{"html/a.html": "a", "es/a.txt": "a"},
			carried: []string{"html/a.html as html-a.html"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./html, target: /usr/share/nginx/html, type: bind}, " +
				"{bind: {create_host_path: true}, source: ./es, target: /usr/share/elasticsearch/data, type: bind}, " +
				"{source: ./html-a.html, target: /usr/share/nginx/html/a.html, type: bind}]",
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: es",
		},
		"a writable folder": {
			service: "volumes: [./data:/var/lib/x]",
			files:   map[string]string{"data/state": "s"},
			warning: "mounted folders and binary files that containers may write to are not packaged without --with-files: data",
		},
		"a writable folder, with --with-files": {
			service: "volumes: [./data:/var/lib/x]",
			files:   map[string]string{"data/state": "s"},
			opts:    Options{WithFiles: true},
			carried: []string{"data/state as data-state"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./data, target: /var/lib/x, type: bind}, " +
				"{source: ./data-state, target: /var/lib/x/state, type: bind}]",
		},
		"a script": {
			service:  "volumes: ['./run.sh:/run.sh:ro', vol:/v]",
			files:    map[string]string{"run.sh*": "#!/bin/sh\n"},
			carried:  []string{"run.sh"},
			override: "configs: !override [{mode: \"0555\", source: file-run.sh, target: /run.sh}] volumes: !override [{source: vol, target: /v, type: volume, volume: {}}]",
		},
		"a script of a read-only container": {
			service: "read_only: true, volumes: ['./run.sh:/run.sh']",
			files:   map[string]string{"run.sh*": "#!/bin/sh\n"},
			carried: []string{"run.sh"},
			warning: "run.sh loses its executable bit when Docker Compose reads the composition from the registry",
		},
		"a program": {
			service:  "volumes: ['./bin/prog:/prog:ro']",
			files:    map[string]string{"bin/prog*": "\x7fELF\xff"},
			carried:  []string{"bin/prog as bin-prog"},
			override: "volumes: !override [{bind: {create_host_path: true}, read_only: true, source: ./bin-prog, target: /prog, type: bind}]",
			warning:  "bin/prog loses its executable bit when Docker Compose reads the composition from the registry",
		},
		"ignored": {
			service: "volumes: ['./a.conf:/a']",
			files:   map[string]string{"a.conf": "a", ".gitignore": "*.conf\n"},
			warning: "mounted files that .gitignore or .dockerignore excludes are not packaged without --with-files: a.conf",
		},
		"ignored, with --with-files": {
			service: "volumes: ['./a.conf:/a']",
			files:   map[string]string{"a.conf": "a", ".gitignore": "*.conf\n"},
			opts:    Options{WithFiles: true},
			carried: []string{"a.conf"},
		},
		"with a secret": {
			service: "volumes: ['./a.ini:/a']",
			files:   map[string]string{"a.ini": "password = 7hXq2mVz9kLw\n"},
			warning: "mounted files with values that look like secrets are not packaged without --allow-secrets: a.ini",
		},
		"with a secret, allowed": {
			service: "volumes: ['./a.ini:/a']",
			files:   map[string]string{"a.ini": "password = 7hXq2mVz9kLw\n"},
			opts:    Options{AllowSecrets: true},
			carried: []string{"a.ini"},
		},
		"large": {
			service:  "volumes: ['./a.txt:/a', './x:/etc/x']",
			files:    map[string]string{"a.txt": strings.Repeat("a", 1<<20+1), "x/b.txt": strings.Repeat("b", 1<<20+1), "x/c.db": strings.Repeat("\x00", 11<<20)},
			carried:  []string{"a.txt", "x/b.txt as x-b.txt"},
			override: "volumes: !override [{bind: {create_host_path: true}, source: ./a.txt, target: /a, type: bind}, {bind: {create_host_path: true}, source: ./x, target: /etc/x, type: bind}, {source: ./x-b.txt, target: /etc/x/b.txt, type: bind}]",
			warning:  "mounted folders and binary files that containers may write to are not packaged without --with-files: x/c.db",
		},
		"read by other programs": {
			service: "volumes: ['./.bashrc:/root/.bashrc']",
			files:   map[string]string{".bashrc": "x"},
			warning: "mounted files that other programs read automatically are not packaged without --with-files: .bashrc",
		},
		"env files": {
			service: "volumes: ['./prod.env:/.env']",
			files:   map[string]string{"prod.env": "A=1"},
			warning: "mounted env files are not packaged without --with-env: prod.env",
		},
		"watched": {
			service: "develop: {watch: [{path: ./src, action: sync, target: /src}, {path: ./src/, action: rebuild}]}",
			files:   map[string]string{"src/a": "a"},
			warning: "paths that docker compose watch monitors are not packaged: src",
		},
		"without": {
			service: "volumes: ['./a.conf:/a']",
			files:   map[string]string{"a.conf": "a"},
			opts:    Options{WithoutFiles: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"compose.yaml": "services: {web: {image: a, " + test.service + "}}\nvolumes: {vol: {}}\n", ".git/HEAD": ""}
			for name, content := range test.files {
				files[strings.TrimSuffix(name, "*")] = content
			}
			test.opts.WorkDir = writeFiles(t, files)
			for name := range test.files {
				if path, ok := strings.CutSuffix(name, "*"); ok {
					require.NoError(t, os.Chmod(filepath.Join(test.opts.WorkDir, filepath.FromSlash(path)), 0o755))
				}
			}
			p, err := Load(t.Context(), test.opts)
			require.NoError(t, err)
			require.Equal(t, test.carried, carriedNames(p))
			require.Equal(t, test.warning, strings.Join(p.Warnings, "\n"))
			require.Equal(t, test.override, flowOf(t, registryFile(p)))
		})
	}
}

// TestMountedEnvFile mounts the folder of an env file: the service finds the carried file.
func TestMountedEnvFile(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, env_file: [conf/web.env, other.env], volumes: ['./conf:/conf']}}", "conf/web.env": "A=1\n", "other.env": "B=1\n"})
	p, err := Load(t.Context(), Options{WorkDir: dir, WithFiles: true})
	require.NoError(t, err)
	require.Equal(t, []string{"conf/web.env as conf-web.env"}, carriedNames(p))
	require.Equal(t, []Requirement{{Kind: "env-file", Path: "other.env", Services: []string{"web"}, Optional: true}}, p.Requires)
	require.Contains(t, flowOf(t, registryFile(p)), "env_file: !override [{path: ./conf-web.env, required: false}, {path: other.env, required: false}]")
}

// TestMountedLinks mounts symlinks that can't be packaged: a warning names them, and loading
// succeeds. The host must provide one that is mounted individually.
func TestMountedLinks(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./d:/etc/d:ro', './gone:/gone']}}", "d/x": "x", "e/y": "y"})
	for link, target := range map[string]string{"d/dangling": "nowhere", "gone": "nowhere", "d/e": "../e", "d/outside": t.TempDir()} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"d/x as d-x"}, carriedNames(p))
	require.Equal(t, []string{"gone is a broken symlink, and is not packaged", "broken symlinks in mounted folders are not packaged: d/dangling",
		"symlinks to folders in mounted folders are not packaged: d/e", "symlinks in mounted folders that point outside the project folder are not packaged: d/outside"}, p.Warnings)
	require.Equal(t, []string{"file d/dangling [web] optional", "file d/e [web] optional", "file d/outside [web] optional", "mount gone [web]"}, requirementTexts(p))
	_, err = Load(t.Context(), Options{WorkDir: dir, WithFiles: true})
	require.EqualError(t, err, "compose.yaml:1: service web: the bind mount d can't be packaged: d/outside is a symlink that points outside the project folder. --exclude d/outside leaves it to the deployment host")
	p, err = Load(t.Context(), Options{WorkDir: dir, WithFiles: true, Exclude: []string{"d/outside"}})
	require.NoError(t, err)
	require.Equal(t, []string{"d/x as d-x"}, carriedNames(p))
}

// TestMountedFolderLink mounts a symlink to a folder: its files get the name of the symlink.
func TestMountedFolderLink(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./current:/etc/web:ro', './out:/etc/out:ro']}}", "v2/x/a.conf": "a"})
	require.NoError(t, os.Symlink("v2", filepath.Join(dir, "current")))
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(dir, "out")))
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"current/x/a.conf as current-x-a.conf"}, carriedNames(p))
	require.Equal(t, []string{"the bind mount out is not packaged: it is a symlink that points outside the project folder"}, p.Warnings)
	require.Contains(t, flowOf(t, lastingFile(p)), "{bind: {create_host_path: false}, read_only: true, source: ./out, target: /etc/out, type: bind}")
}

// TestMountedOpened reads a packaged project: carried files are not required on the host.
func TestMountedOpened(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, env_file: e/web.env, volumes: ['./d:/etc/d:ro', './data:/data', '/dev/kvm:/kvm'], devices: ['/dev/dri:/dev/dri'], secrets: [s]}}\n" +
			"secrets: {s: {file: ./s.txt}}\nvolumes: {v: {external: true}}\nnetworks: {n: {external: true, name: proxy}}\n",
		"d/x": "x", "e/web.env": "A=1\n", "s.txt": "s",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	want := []string{"device /dev/dri [web]", "env-file e/web.env [web] optional", "mount /dev/kvm [web] optional", "mount data [web] optional",
		"network proxy", "secret s.txt [web]", "volume v"}
	require.Equal(t, want, requirementTexts(p))
	pins := pinAll(p, true)
	files, err := p.Pin(t.Context(), pins)
	require.NoError(t, err)
	opened, err := Open(t.Context(), files, nil)
	require.NoError(t, err)
	require.Equal(t, want, requirementTexts(opened))
	again, err := opened.Pin(t.Context(), pins)
	require.NoError(t, err)
	require.Equal(t, files, again)
}
