package compose

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// lastingFile is the override for every deployment; "" if there is none.
func lastingFile(p *Project) string {
	for _, f := range p.Files {
		if f.Name == lastingName {
			return string(f.Content)
		}
	}
	return ""
}

// TestMountedLeftRequired: if an individually mounted file is not packaged, Docker does not
// create a folder instead.
func TestMountedLeftRequired(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		volumes string
		opts    Options
		// override is the part of the lasting override for the service.
		override string
		optional bool
	}{
		"ignored": {
			volumes:  "./own.conf:/a",
			override: "volumes: !override [{bind: {create_host_path: false}, source: ./own.conf, target: /a, type: bind}]",
		},
		"read-only, with a variable": {
			volumes:  "${CONF:-./own.conf}:/a:ro",
			override: "volumes: !override [{bind: {create_host_path: false}, read_only: true, source: '${CONF:-./own.conf}', target: /a, type: bind}]",
		},
		"in the long form": {
			volumes:  "{type: bind, source: ./sub/key.env, target: /a, bind: {propagation: rslave}}",
			override: "volumes: !override [{bind: {create_host_path: false, propagation: rslave}, source: ./sub/key.env, target: /a, type: bind}]",
		},
		"required already": {volumes: "{type: bind, source: ./own.conf, target: /a, bind: {create_host_path: false}}"},
		"without files": {
			volumes: "./a.conf:/a", opts: Options{WithoutFiles: true},
			override: "volumes: !override [{bind: {create_host_path: false}, source: ./a.conf, target: /a, type: bind}]",
		},
		"with files": {volumes: "./own.conf:/a", opts: Options{WithFiles: true}},
		"outside the project": {
			volumes:  "../outside.conf:/a",
			override: "volumes: !override [{bind: {create_host_path: false}, source: ../outside.conf, target: /a, type: bind}]",
		},
		"a secret": {
			volumes:  "./s.txt:/a",
			override: "volumes: !override [{bind: {create_host_path: false}, source: ./s.txt, target: /a, type: bind}]",
		},
		"with a label for SELinux": {
			volumes: "./own.conf:/a:Z",
			override: "volumes: !override [{bind: {create_host_path: true, selinux: Z}, source: ./own.conf, target: /a, type: bind}, " +
				"{bind: {create_host_path: false}, read_only: true, source: ./own.conf, target: /run/required/own.conf, type: bind}]",
		},
		"with labels for SELinux, twice": {
			volumes: "./own.conf:/run/required/own.conf:z', './own.conf:/b:z",
			override: "volumes: !override [{bind: {create_host_path: true, selinux: z}, source: ./own.conf, target: /run/required/own.conf, type: bind}, " +
				"{bind: {create_host_path: true, selinux: z}, source: ./own.conf, target: /b, type: bind}, " +
				"{bind: {create_host_path: false}, read_only: true, source: ./own.conf, target: /run/required/own.conf-2, type: bind}]",
		},
		"a folder":              {volumes: "./data:/a", optional: true},
		"nothing yet":           {volumes: "./nothing:/a", optional: true},
		"a file of the host":    {volumes: "/etc/hosts:/a", optional: true},
		"as is":                 {volumes: "./own.conf:/a", opts: Options{AsIs: true}, optional: true},
		"only the short form":   {volumes: "./own.conf:/a", opts: Options{ShortVolumes: true}, optional: true},
		"the main Compose file": {volumes: "./compose.yaml:/a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{
				"app/compose.yaml": "services: {web: {image: a, volumes: [" + quoted(test.volumes) + "], secrets: [s]}}\nsecrets: {s: {file: ./s.txt}}\n",
				"app/own.conf":     "own", "app/a.conf": "a", "app/sub/key.env": "A=b", "app/s.txt": "s", "app/data/x": "x", "outside.conf": "o",
				"app/.gitignore": "own.conf\n",
			})
			test.opts.WorkDir = dir + "/app"
			p, err := Load(t.Context(), test.opts)
			require.NoError(t, err)
			require.Equal(t, test.override, flowOf(t, lastingFile(p)))
			mounts := 0
			for _, r := range p.Requires {
				if r.Kind == "mount" {
					mounts++
					require.Equal(t, test.optional, r.Optional, r.Path)
				}
			}
			require.Equal(t, test.override != "" || test.optional || name == "required already", mounts > 0)
		})
	}
}

// quoted is a volume in a list: the short form in quotes.
func quoted(volume string) string {
	if volume[0] == '{' {
		return volume
	}
	return "'" + volume + "'"
}

// TestMountedTracked: files that Git tracks are part of the application, even if .gitignore
// excludes them.
func TestMountedTracked(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, volumes: ['./theme.js:/theme.js', './own.js:/own.js', './conf:/etc/conf']}}",
		"theme.js":     "theme", "own.js": "own", "conf/kept": "kept", "conf/own": "own", ".gitignore": "*.js\nconf/*\n",
	})
	for _, args := range [][]string{{"init", "-q"}, {"add", "-f", "theme.js", "conf/kept"}} {
		git := exec.CommandContext(t.Context(), "git", args...)
		git.Dir, git.Env = dir, []string{"HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
		out, err := git.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"conf/kept as conf-kept", "theme.js"}, carriedNames(p))
	require.Equal(t, []string{"mounted files that .gitignore or .dockerignore excludes are not packaged without --with-files: own.js, conf/own"}, p.Warnings)
}

// TestMountedMain: a service that mounts the main Compose file gets a copy of it, because the
// file itself gets another name.
func TestMountedMain(t *testing.T) {
	t.Parallel()
	const content = "services: {web: {image: a, volumes: ['./docker-compose.yml:/app/docker-compose.yml', '.:/all']}}\n"
	dir := writeFiles(t, map[string]string{"docker-compose.yml": content})
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"docker-compose.yml"}, carriedNames(p))
	require.Equal(t, content, string(p.Carried[0].Content))
	require.Empty(t, registryFile(p))
	require.Empty(t, lastingFile(p))
}

// TestEnvFileReplaces: an .env file with which Docker Compose would run other files in a pulled
// folder gets another name.
func TestEnvFileReplaces(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services: {web: {image: a, env_file: .env, volumes: ['./.env:/app/.env:ro']}, other: {image: a, volumes: ['./.env:/env']}}",
		".env":         "A=b\nexport COMPOSE_FILE=compose.yaml:more.yaml\n", "more.yaml": "services: {}\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, WithEnv: true})
	require.NoError(t, err)
	require.Equal(t, []string{"project.env"}, carriedNames(p))
	require.Equal(t, []string{".env sets COMPOSE_FILE, with which Docker Compose would run other files in a pulled folder: it is packaged as project.env, for containers only"}, p.Warnings)
	require.Equal(t, "env_file: !override [{path: ./project.env, required: true}] volumes: !override [{bind: {create_host_path: true}, read_only: true, source: ./project.env, target: /app/.env, type: bind}]",
		flowOf(t, lastingFile(p)))
	require.Contains(t, lastingFile(p), "target: /env")
	require.Empty(t, p.Requires)
}
