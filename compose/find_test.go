package compose

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const service = "services: {web: {image: 'web:${TAG:-none}'}}\n"

func TestFind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		dir   string
		opts  Options
		want  string
		warn  string
	}{
		"compose.yaml before the older names": {
			files: map[string]string{"compose.yaml": service, "docker-compose.yml": "services: {old: {image: old}}"},
			want:  "web:none", warn: "several Compose files",
		},
		"a folder above": {
			files: map[string]string{"compose.yml": service, ".env": "TAG=env", "a/b/c/x": ""},
			dir:   "a/b/c", want: "web:env", warn: "compose.yml is used: there is no Compose file in ",
		},
		"the environment wins over .env": {
			files: map[string]string{"compose.yaml": service, ".env": "TAG=env"},
			opts:  Options{Environ: []string{"TAG=process"}}, want: "web:process",
		},
		".env can be disabled": {
			files: map[string]string{"compose.yaml": service, ".env": "TAG=env"},
			opts:  Options{Environ: []string{"COMPOSE_DISABLE_ENV_FILE=1"}}, want: "web:none",
		},
		"--env-file replaces .env": {
			files: map[string]string{"compose.yaml": service, ".env": "TAG=env", "other.env": "TAG=other"},
			opts:  Options{EnvFiles: []string{"other.env"}}, want: "web:other",
		},
		"COMPOSE_ENV_FILES": {
			files: map[string]string{"compose.yaml": service, "a.env": "TAG=a", "b.env": "TAG=b"},
			opts:  Options{Environ: []string{"COMPOSE_ENV_FILES=a.env,b.env"}}, want: "web:b",
		},
		"-f from a folder, with the .env there": {
			files: map[string]string{"deploy/app.yaml": service, "deploy/.env": "TAG=deploy"},
			opts:  Options{Files: []string{"deploy/app.yaml"}}, want: "web:deploy",
		},
		"--project-directory": {
			files: map[string]string{"deploy/app.yaml": service, "deploy/.env": "TAG=deploy", "other/.env": "TAG=other"},
			opts:  Options{Files: []string{"deploy/app.yaml"}, ProjectDir: "other"}, want: "web:other",
		},
		"COMPOSE_FILE in .env, with a separator": {
			files: map[string]string{"a.yaml": service, "b.yaml": "services: {web: {image: b}}", ".env": "COMPOSE_FILE=a.yaml|b.yaml\nCOMPOSE_PATH_SEPARATOR=|"},
			want:  "b",
		},
		"standard input": {
			opts: Options{Files: []string{"-"}, Stdin: strings.NewReader(service)},
			want: "web:none",
		},
		"the override file": {
			files: map[string]string{"docker-compose.yaml": service, "compose.override.yml": "services: {web: {image: over}}"},
			want:  "over", warn: "compose.override.yml is merged too, as in Docker Compose",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.WorkDir = filepath.Join(writeFiles(t, test.files), filepath.FromSlash(test.dir))
			p, err := Load(t.Context(), test.opts)
			require.NoError(t, err)
			require.Equal(t, test.want, refs(p)["services.web.image"])
			require.Contains(t, strings.Join(p.Warnings, "\n"), test.warn)
		})
	}
}

func TestFindNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, opts := range []Options{
		{Files: []string{"missing.yaml"}},
		{Files: []string{"oci://example.com/app:1"}},
		{Files: []string{"-"}},
		{Files: []string{"."}},
		{EnvFiles: []string{"missing.env"}},
		{Environ: []string{"COMPOSE_FILE=missing.yaml"}},
	} {
		opts.WorkDir = dir
		_, err := Load(t.Context(), opts)
		require.NotEmpty(t, Errors(err), "%+v: %v", opts, err)
	}
	_, err := Load(t.Context(), Options{WorkDir: "relative"})
	require.Error(t, err)
	gone := filepath.Join(dir, "gone")
	_, err = Load(t.Context(), Options{WorkDir: dir, ProjectDir: gone})
	require.EqualError(t, err, "the folder "+gone+" does not exist")
	empty := t.TempDir()
	_, err = Load(t.Context(), Options{WorkDir: dir, ProjectDir: empty})
	require.EqualError(t, err, "no Compose file in "+empty+" or a folder above it")
}

func TestProjectName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		env     []string
		want    string
	}{
		"folder":      {service, nil, "my-app"},
		"file":        {"name: in-file\n" + service, nil, "in-file"},
		"environment": {"name: in-file\n" + service, []string{"COMPOSE_PROJECT_NAME=chosen"}, "chosen"},
		"variable":    {"name: ${N:-by-default}\n" + service, nil, "by-default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(writeFiles(t, map[string]string{"My-App/compose.yaml": test.content}), "My-App")
			p, err := Load(t.Context(), Options{WorkDir: dir, Environ: test.env})
			require.NoError(t, err)
			require.Equal(t, test.want, p.Name)
		})
	}
}
