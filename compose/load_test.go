package compose

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeFiles writes files to a new folder and returns it.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// refs are the images of a project by path.
func refs(p *Project) map[string]string {
	refs := map[string]string{}
	for _, image := range p.Images {
		refs[image.Path] = image.Ref
	}
	return refs
}

func TestLoadImages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  map[string]string
	}{
		"plain": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: nginx:1.27\n"},
			want:  map[string]string{"services.web.image": "nginx:1.27"},
		},
		"only built": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    build: .\n"},
			want:  map[string]string{"services.web.image": ""},
		},
		"given": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    build: .\n"},
			opts:  Options{Images: map[string]string{"web": "host/web:1"}},
			want:  map[string]string{"services.web.image": "host/web:1"},
		},
		"variables": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    image: nginx:${TAG:-${OTHER}}\n    healthcheck:\n      retries: $RETRIES\n    environment:\n      X: ${DOMAIN:?}\n",
				".env":         "OTHER=1.27\n",
			},
			want: map[string]string{"services.web.image": "nginx:1.27"},
		},
		"override file": {
			files: map[string]string{
				"docker-compose.yml":          "services:\n  web:\n    image: nginx:1.27\n",
				"docker-compose.override.yml": "services:\n  web:\n    image: nginx:1.28\n",
			},
			want: map[string]string{"services.web.image": "nginx:1.28"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.WorkDir = writeFiles(t, test.files)
			p, err := Load(t.Context(), test.opts)
			require.NoError(t, err)
			require.Equal(t, test.want, refs(p))
		})
	}
}

func TestLoadUnsetVariables(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  web:\n    image: nginx:${TAG}\n  db:\n    image: ${DB:?}\n"})
	_, err := Load(t.Context(), Options{WorkDir: dir})
	require.Len(t, Errors(err), 2)
	require.ErrorContains(t, err, "service db: image \"${DB}\" needs the variable DB")
	require.ErrorContains(t, err, "service web: image \"nginx:${TAG}\" needs the variable TAG")
}
