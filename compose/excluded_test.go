package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMountedLimits: a mount beyond a limit is an error that names the service, the path, the size,
// the largest files and the flags, and nothing else is reported for the same folder. The excluded
// folder is required on the host.
func TestMountedLimits(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 1001 {
		many[fmt.Sprintf("d/%d", i)] = ""
	}
	many["d/7"] = strings.Repeat("7", 1<<20)
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  string
	}{
		"number": {
			files: many,
			want:  "it has 1001 files with 1.0 MiB, the largest d/7 (1.0 MiB), d/0 (0 bytes), d/1 (0 bytes); the limit is 1000 files for each mount, and no flag raises it. --exclude d leaves it to the deployment host",
		},
		"size": {
			files: map[string]string{"d/a": "12345", "d/b": "1234567"}, opts: Options{MaxFilesSize: 10},
			want: "it has 2 files with 12 bytes, the largest d/b (7 bytes), d/a (5 bytes); the limit is 10 bytes for all mounts together (--max-files-size raises it). --exclude d leaves it to the deployment host",
		},
		"size with others": {
			files: map[string]string{"a": "1234567", "d/b": "1234567"}, opts: Options{MaxFilesSize: 10},
			want: "it has 1 file with 7 bytes, the largest d/b (7 bytes); the limit is 10 bytes for all mounts together, of which other mounts have 7 bytes (--max-files-size raises it). --exclude d leaves it to the deployment host",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./a:/a', './d:/etc/d:ro']}, x: {image: a, volumes: ['./d:/d']}}", "a": ""}
			for name, content := range test.files {
				files[name] = content
			}
			test.opts.WorkDir = writeFiles(t, files)
			for _, all := range []bool{false, true} {
				test.opts.WithFiles = all
				p, err := Load(t.Context(), test.opts)
				require.EqualError(t, err, "compose.yaml:1: service web: the bind mount d can't be packaged: "+test.want)
				require.Equal(t, ProblemMount, Errors(err)[0].Problem)
				require.Len(t, p.Images, 2)
			}
			test.opts.WithFiles, test.opts.Exclude = false, []string{"d"}
			p, err := Load(t.Context(), test.opts)
			require.NoError(t, err)
			require.Equal(t, []string{"a"}, carriedNames(p))
			require.Equal(t, []string{"mount d [web x]"}, requirementTexts(p))
			require.Contains(t, flowOf(t, lastingFile(p)), "{bind: {create_host_path: false}, read_only: true, source: ./d, target: /etc/d, type: bind}")
		})
	}
}

// TestLargeFile: an individually mounted file beyond the limit is an error.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./a.bin:/a:ro']}}", "a.bin": strings.Repeat("\x00", 11<<20)})
	_, err := Load(t.Context(), Options{WorkDir: dir})
	require.EqualError(t, err, "compose.yaml:1: service web: the bind mount a.bin can't be packaged: it has 11.0 MiB; the limit is 10.0 MiB for all mounts together (--max-files-size raises it). --exclude a.bin leaves it to the deployment host")
}

// TestMountedTotal: a project with more files than a composition can have is an error, although no
// mount is beyond its limit.
func TestMountedTotal(t *testing.T) {
	t.Parallel()
	files := map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./d0:/d0:ro', './d1:/d1:ro', './d2:/d2:ro', './d3:/d3:ro', './d4:/d4:ro']}}"}
	for i := range 819 {
		files[fmt.Sprintf("d/%d", i)] = ""
	}
	dir := writeFiles(t, files)
	for i := range 5 {
		require.NoError(t, os.Symlink("d", filepath.Join(dir, fmt.Sprintf("d%d", i))))
	}
	_, err := Load(t.Context(), Options{WorkDir: dir})
	require.EqualError(t, err, "the project has 4099 files to package; the limit is 4096 for a composition, and no flag raises it. --exclude PATH leaves a mounted file or folder to the deployment host")
}

// TestExclude: excluded files are required on the host, wherever they are used.
func TestExclude(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		exclude           []string
		opts              Options
		carried, requires []string
		// lasting is the part of the override for every deployment.
		lasting, err string
	}{
		"a file": {
			exclude:  []string{"a.conf"},
			carried:  []string{"conf/b.conf as conf-b.conf", "conf/sub/c.conf as conf-sub-c.conf", "cfg.txt"},
			requires: []string{"mount a.conf [web]"},
			lasting:  "volumes: !override [{bind: {create_host_path: false}, source: ./a.conf, target: /a, type: bind}, {bind: {create_host_path: true}, read_only: true, source: ./conf, target: /etc/conf, type: bind}]",
		},
		"a file in a folder": {
			exclude:  []string{"./conf/b.conf"},
			carried:  []string{"a.conf", "cfg.txt", "conf/sub/c.conf as conf-sub-c.conf"},
			requires: []string{"mount conf/b.conf [web]"},
			lasting: "volumes: !override [{bind: {create_host_path: true}, source: ./a.conf, target: /a, type: bind}, {bind: {create_host_path: true}, read_only: true, source: ./conf, target: /etc/conf, type: bind}, " +
				"{bind: {create_host_path: false}, read_only: true, source: ./conf/b.conf, target: /etc/conf/b.conf, type: bind}]",
		},
		"a folder in a folder": {
			exclude:  []string{"conf/sub/"},
			carried:  []string{"a.conf", "cfg.txt", "conf/b.conf as conf-b.conf"},
			requires: []string{"mount conf/sub [web]"},
			lasting: "volumes: !override [{bind: {create_host_path: true}, source: ./a.conf, target: /a, type: bind}, {bind: {create_host_path: true}, read_only: true, source: ./conf, target: /etc/conf, type: bind}, " +
				"{bind: {create_host_path: false}, read_only: true, source: ./conf/sub, target: /etc/conf/sub, type: bind}]",
		},
		"a config": {
			exclude:  []string{"cfg.txt"},
			carried:  []string{"a.conf", "conf/b.conf as conf-b.conf", "conf/sub/c.conf as conf-sub-c.conf"},
			requires: []string{"config cfg.txt [web]"},
		},
		"an env file": {
			exclude:  []string{"web.env"},
			opts:     Options{WithEnv: true},
			carried:  []string{"a.conf", "conf/b.conf as conf-b.conf", "conf/sub/c.conf as conf-sub-c.conf", "cfg.txt"},
			requires: []string{"env-file web.env [web] optional"},
			lasting:  "env_file: !override [{path: web.env, required: false}]",
		},
		"with all files": {
			exclude: []string{"a.conf"}, opts: Options{WithFiles: true},
			carried:  []string{"conf/b.conf as conf-b.conf", "conf/sub/c.conf as conf-sub-c.conf", "cfg.txt"},
			requires: []string{"mount a.conf [web]"},
			lasting:  "volumes: !override [{bind: {create_host_path: false}, source: ./a.conf, target: /a, type: bind}, {bind: {create_host_path: true}, read_only: true, source: ./conf, target: /etc/conf, type: bind}]",
		},
		"not mounted":      {exclude: []string{"other.conf"}, err: "--exclude other.conf: no service mounts it"},
		"not there":        {exclude: []string{"conf/d.conf"}, err: "--exclude conf/d.conf: there is no such file, and no service mounts it"},
		"without its flag": {exclude: []string{"label"}, err: "--exclude label: no service mounts it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.Exclude = test.exclude
			test.opts.WorkDir = writeFiles(t, map[string]string{
				"compose.yaml": "services: {web: {image: a, env_file: web.env, label_file: label, configs: [c], volumes: ['./a.conf:/a', './conf:/etc/conf:ro']}}\nconfigs: {c: {file: cfg.txt}}\n",
				"a.conf":       "a", "conf/b.conf": "b", "conf/sub/c.conf": "c", "cfg.txt": "c", "other.conf": "o", "web.env": "A=1\n", "label": "A=1\n",
			})
			p, err := Load(t.Context(), test.opts)
			if test.err != "" {
				require.EqualError(t, err, test.err)
				return
			}
			require.NoError(t, err)
			want := slices.Concat(test.carried, []string{"label"})
			if test.opts.WithEnv && name != "an env file" {
				want = append(want, "web.env")
			}
			require.ElementsMatch(t, want, carriedNames(p))
			requires := test.requires
			if name != "an env file" {
				requires = append([]string{"env-file web.env [web] optional"}, requires...)
			}
			require.ElementsMatch(t, requires, requirementTexts(p))
			require.Contains(t, flowOf(t, lastingFile(p)), test.lasting)
		})
	}
}

// TestMountedOmitted: files in a packaged folder that are not packaged are part of the
// composition's list of what the host provides. Without those that look like secrets, Docker
// Compose does not start the service.
func TestMountedOmitted(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, volumes: ['./conf:/etc/conf:ro']}, other: {image: a, volumes: ['./conf:/etc/x:ro', './keys:/etc/keys:ro,z']}}",
		"conf/a.conf":  "a", "conf/own.conf": "own", "conf/gen/a": "a", "conf/gen/b/c": "c", "conf/.env": "A=1\n", "conf/.npmrc": "a", "conf/$x.ini": "password = 7hXq2mVz9kLw\n",
		"keys/k.ini": "password = 7hXq2mVz9kLw\n", "keys/l": "l", ".gitignore": "own.conf\ngen\n", ".git/HEAD": "",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	want := []string{"file conf/.env [other web] optional", "file conf/.npmrc [other web] optional", "file conf/gen [other web] optional",
		"file conf/own.conf [other web] optional", "mount conf/$x.ini [other web]", "mount keys/k.ini [other]"}
	require.Equal(t, want, requirementTexts(p))
	require.Contains(t, flowOf(t, lastingFile(p)), "{bind: {create_host_path: false}, read_only: true, source: ./conf/$$x.ini, target: /etc/conf/$$x.ini, type: bind}")
	require.Contains(t, lastingFile(p), "source: ./keys/k.ini\n        target: /run/required/keys/k.ini\n")
	files, err := p.Pin(t.Context(), pinAll(p, true))
	require.NoError(t, err)
	opened, err := Open(t.Context(), files, nil)
	require.NoError(t, err)
	require.Equal(t, want, requirementTexts(opened))
}

// TestMountedOmittedMany: a long list names folders instead of their files.
func TestMountedOmittedMany(t *testing.T) {
	t.Parallel()
	files := map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./conf:/etc/conf:ro']}}", ".gitignore": "*.tmp\n", ".git/HEAD": ""}
	for i := range 201 {
		files[fmt.Sprintf("conf/d%d/a", i%3)] = "a"
		files[fmt.Sprintf("conf/d%d/%d.tmp", i%3, i)] = "a"
	}
	p, err := Load(t.Context(), Options{WorkDir: writeFiles(t, files)})
	require.NoError(t, err)
	require.Equal(t, []string{"file conf/d0 [web] optional", "file conf/d1 [web] optional", "file conf/d2 [web] optional"}, requirementTexts(p))
}

// TestMountedUnreadable: folders with data of a database, which only its user may read, do not
// matter, and other files that can't be read are required on the host.
func TestMountedUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, volumes: ['./data:/var/lib/db', './conf:/etc/conf:ro']}}",
		"data/a/b":     "a", "conf/a.conf": "a", "conf/key": "k", "conf/own/x": "x",
	})
	for _, name := range []string{"data/a", "conf/key", "conf/own"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.Chmod(path, 0))
		t.Cleanup(func() { _ = os.Chmod(path, 0o700) })
	}
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"conf/a.conf as conf-a.conf"}, carriedNames(p))
	require.Equal(t, []string{"mount conf/key [web]", "mount conf/own [web]", "mount data [web] optional"}, requirementTexts(p))
	require.Equal(t, []string{"mounted folders and binary files that containers may write to are not packaged without --with-files: data",
		"mounted files that this user may not read are not packaged: conf/own, conf/key"}, p.Warnings)
	_, err = Load(t.Context(), Options{WorkDir: dir, WithFiles: true, Exclude: []string{"data", "conf/own"}})
	require.EqualError(t, err, "compose.yaml:1: service web: the bind mount conf can't be packaged: conf/key: permission denied. --exclude conf/key leaves it to the deployment host")
}
