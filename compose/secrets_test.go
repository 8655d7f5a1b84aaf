package compose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsStop(t *testing.T) {
	t.Parallel()
	// In parts, so that scanners don't report this file.
	aws := "AKIA" + "IOSFODNN7EXAMPLE"
	github := "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  []string
	}{
		"literal values": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: hunter2\n      DB_USER: u\n  db:\n    image: b\n    environment:\n      - A=b\n      - TOKEN=abcdef\n    build:\n      context: .\n      args: {API_KEY: abc}\n"},
			want: []string{
				"compose.yaml:5: service web: DB_PASSWORD has a literal value and is named like a secret",
				"compose.yaml:11: service db: TOKEN has a literal value and is named like a secret",
				"compose.yaml:14: service db: API_KEY has a literal value and is named like a secret",
			},
		},
		"through an anchor and a merge": {
			files: map[string]string{"compose.yaml": "x-env: &env\n  DB_PASSWORD: hunter2\nservices:\n  web:\n    image: a\n    environment:\n      <<: *env\n      A: b\n  db:\n    image: b\n    environment: *env\n"},
			want:  []string{"compose.yaml:2: service web: DB_PASSWORD has a literal value and is named like a secret"},
		},
		"by their form": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    command: [run, --key, " + aws + "]\n    labels:\n      hook: " + github + "\n    environment:\n      DATABASE: postgres://app:hunter2@db/app\n      OTHER: postgres://app:${PW}@db/app\n"},
			want: []string{
				"compose.yaml:4: service web: a value looks like a secret (AWS Client ID)",
				"compose.yaml:6: service web: a value looks like a secret (Github authentication)",
				"compose.yaml:8: service web: a value looks like a secret (URL with password)",
			},
		},
		"inline configs": {
			files: map[string]string{"compose.yaml": "services: {web: {image: a}}\nconfigs:\n  c:\n    content: |\n      user = u\n      password = hunter2\n"},
			want:  []string{"compose.yaml:6: password has a literal value and is named like a secret"},
		},
		"carried files": {
			files: map[string]string{
				"compose.yaml": "include: [i.yaml]\nservices:\n  web:\n    image: a\n    env_file: a.env\n    volumes: ['./d:/d']\nconfigs: {c: {file: c.ini}}\n",
				"i.yaml":       "services:\n  i:\n    image: i\n    environment: {SECRET: abc}\n",
				"a.env":        "# env\nexport A_TOKEN='abc'\n", "c.ini": "[x]\nsecret: abc\n",
				"d/code": "token = get()\nkey = \"" + aws + "\"\n",
			},
			opts: Options{WithEnv: true, WithFiles: true},
			want: []string{
				"i.yaml:4: service i: SECRET has a literal value and is named like a secret",
				"a.env:2: A_TOKEN has a literal value and is named like a secret",
				"c.ini:2: secret has a literal value and is named like a secret",
				"d/code:1: token has a literal value and is named like a secret", "d/code:2: the line looks like a secret (AWS Client ID)",
			},
		},
		"values that flattening would write": {
			files: map[string]string{"compose.yaml": "include: [{path: i.yaml, env_file: i.env}]\n", "i.yaml": "services: {i: {image: i, environment: {P: '${DB_PASSWORD}'}}}", "i.env": "A=b\nDB_PASSWORD=hunter2\n"},
			opts:  Options{WithEnv: true, Flatten: true},
			want:  []string{"i.env:2: DB_PASSWORD is named like a secret, and flattening would write its value into the Compose file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.WorkDir = writeFiles(t, test.files)
			_, err := Load(t.Context(), test.opts)
			var got []string
			for _, e := range Errors(err) {
				require.Equal(t, ProblemSecret, e.Problem)
				got = append(got, e.Error())
			}
			require.Equal(t, test.want, got)
			require.NotContains(t, err.Error(), "hunter2")
			test.opts.AllowSecrets = true
			_, err = Load(t.Context(), test.opts)
			require.NoError(t, err)
		})
	}
}
