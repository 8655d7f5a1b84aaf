package compose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/source"
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
		"driver options and commands": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    command: run --db-password hunter2\n    entrypoint: [run, --api-key, hunter2]\n    healthcheck:\n      test: redis-cli --pass=hunter2 ping\n    logging:\n      options: {splunk-token: hunter2}\nvolumes:\n  v:\n    driver_opts:\n      o: addr=nas,username=u,password=hunter2\n"},
			want: []string{
				"compose.yaml:4: service web: db-password has a literal value and is named like a secret",
				"compose.yaml:5: service web: api-key has a literal value and is named like a secret",
				"compose.yaml:7: service web: pass has a literal value and is named like a secret",
				"compose.yaml:9: service web: splunk-token has a literal value and is named like a secret",
				"compose.yaml:13: password has a literal value and is named like a secret",
			},
		},
		"shell variables in the container": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    command: run --db-password $$DB_PASSWORD --token=\"$${TOKEN:-abc}\"\n" +
				"    entrypoint: [run, --api-key, $$API_KEY]\n    healthcheck:\n      test: ping --pass=\"$$(cat /run/secrets/pass)\" --secret pa$$ABC\n" +
				"    environment:\n      PASSWORD: pa$$ABC\n"},
			want: []string{
				"compose.yaml:7: service web: secret has a literal value and is named like a secret",
				"compose.yaml:9: service web: PASSWORD has a literal value and is named like a secret",
			},
		},
		"the name of the program in an image": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: ghcr.io/corge/quorple:1\n    environment:\n      DB_PASSWORD: quorple\n      DB_PASS: corge\n"},
			want:  []string{"compose.yaml:6: service web: DB_PASS has a literal value and is named like a secret"},
		},
		"comments and keys": {
			files: map[string]string{"compose.yaml": "# " + github + "\nservices:\n  web:\n    image: a # " + github + "\n    labels:\n      " + aws + ": x\n"},
			want: []string{
				"compose.yaml:1: a comment has the form of a secret (GitHub token)",
				"compose.yaml:4: a comment has the form of a secret (GitHub token)",
				"compose.yaml:6: service web: a value has the form of a secret (AWS access key)",
			},
		},
		"private keys": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    environment:\n      TLS_KEY: |\n" + indent(8, privateKey) + "    volumes: ['./tls:/tls']\nconfigs:\n  k:\n    content: |\n" + indent(6, privateKey), "tls/server.key": privateKey + privateKey},
			opts:  Options{WithFiles: true},
			want: []string{
				"compose.yaml:5: service web: it contains a private key",
				"compose.yaml:13: it contains a private key",
				"tls/server.key:1: it contains a private key",
			},
		},
		"through an anchor and a merge": {
			files: map[string]string{"compose.yaml": "x-env: &env\n  DB_PASSWORD: hunter2\nservices:\n  web:\n    image: a\n    environment:\n      <<: *env\n      A: b\n  db:\n    image: b\n    environment: *env\n"},
			want:  []string{"compose.yaml:2: service web: DB_PASSWORD has a literal value and is named like a secret"},
		},
		"by form": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    command: [run, --key, " + aws + "]\n    labels:\n      hook: " + github + "\n    environment:\n      DATABASE: postgres://app:hunter2@db/app\n      OTHER: postgres://app:${PW}@db/app\n"},
			want: []string{
				"compose.yaml:4: service web: a value has the form of a secret (AWS access key)",
				"compose.yaml:6: service web: a value has the form of a secret (GitHub token)",
				"compose.yaml:8: service web: a value has the form of a secret (URL with password)",
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
				"d/code:2: a value has the form of a secret (AWS access key)",
			},
		},
		"carried files in subfolders": {
			files: map[string]string{
				"compose.yaml": "services:\n  web:\n    image: a\n    env_file: sub/db.env\n    label_file: sub/l.labels\n    volumes: ['./conf:/conf']\nconfigs: {c: {file: sub/c.ini}}\n",
				"sub/db.env":   "DB_PASSWORD=hunter2\n", "sub/l.labels": "api.token=hunter2\n", "sub/c.ini": "secret: hunter2\n", "conf/app.conf": "password = hunter2\n",
			},
			opts: Options{WithEnv: true, WithFiles: true},
			want: []string{
				"conf/app.conf:1: password has a literal value and is named like a secret",
				"sub/c.ini:1: secret has a literal value and is named like a secret",
				"sub/db.env:1: DB_PASSWORD has a literal value and is named like a secret",
				"sub/l.labels:1: api.token has a literal value and is named like a secret",
			},
		},
		"carried files, flattened, by their own names": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    env_file: sub/db.env\n", "sub/db.env": "DB_PASSWORD=hunter2\n"},
			opts:  Options{WithEnv: true, Flatten: true},
			want:  []string{"sub/db.env:1: DB_PASSWORD has a literal value and is named like a secret"},
		},
		"values that flattening would resolve": {
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
				require.Contains(t, []Problem{ProblemSecret, ProblemToken}, e.Problem)
				got = append(got, e.Error())
				if e.Problem == ProblemToken {
					test.opts.AllowSecret = append(test.opts.AllowSecret, e.Subject)
				}
			}
			require.Equal(t, test.want, got)
			require.NotContains(t, err.Error(), "hunter2")
			test.opts.AllowSecrets = true
			_, err = Load(t.Context(), test.opts)
			require.NoError(t, err)
		})
	}
}

// privateKey has the form of a private key.
const privateKey = "-----BEGIN " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEAtxQ9Fh3kq1Zk8Nw7yVbJm2rLsXcDgHfPaEuTiOoYKzWv\n-----END PRIVATE KEY-----\n"

// indent indents each line of a text.
func indent(n int, text string) string {
	return strings.Repeat(" ", n) + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+strings.Repeat(" ", n)) + "\n"
}

// TestGuessableSecrets: demo values do not stop a push, but cause a warning.
func TestGuessableSecrets(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services:\n  zibbly:\n    image: a\n    environment:\n      DB_PASSWORD: zibbly\n      ROOT_PASSWORD: example\n      OTHER_PASSWORD: ${X:-hunter2}\n      PASSWORD_RESET: enabled\n    env_file: a.env\n",
		"a.env":        "API_TOKEN=   # your token\nAPI_KEY=''  # none\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, WithEnv: true})
	require.NoError(t, err)
	require.Equal(t, []string{"values that are easy to guess are packaged: DB_PASSWORD, ROOT_PASSWORD"}, p.Warnings)
	p, err = Load(t.Context(), Options{WorkDir: dir, WithEnv: true, AllowSecrets: true})
	require.NoError(t, err)
	require.Empty(t, p.Warnings)
}

// TestSecretsAllowedByName: a token must be allowed by its name or file. All other values are
// covered by the general permission.
func TestSecretsAllowedByName(t *testing.T) {
	t.Parallel()
	github := "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "services:\n  web:\n    image: a\n    environment:\n      THING: " + github + "\n      DB_PASSWORD: hunter2\n    env_file: sub/a.env\n",
		"sub/a.env":    "OTHER=" + github + "\n",
	})
	for _, test := range []struct {
		all   bool
		names []string
		left  []string
	}{
		{false, nil, []string{"THING", "DB_PASSWORD", "OTHER"}},
		{true, nil, []string{"THING", "OTHER"}},
		{false, []string{"DB_PASSWORD"}, []string{"THING", "OTHER"}},
		{true, []string{"THING", "sub/a.env"}, nil},
		{false, []string{"compose.yaml", "OTHER"}, nil},
	} {
		_, err := Load(t.Context(), Options{WorkDir: dir, WithEnv: true, AllowSecrets: test.all, AllowSecret: test.names})
		var left []string
		for _, e := range Errors(err) {
			left = append(left, e.Subject)
		}
		require.Equal(t, test.left, left, "%v", test)
	}
}

// TestSearchedOnce: the content of a mounted file is searched for secrets once, both to decide
// whether it is packaged and to report what it contains.
func TestSearchedOnce(t *testing.T) {
	t.Parallel()
	opts := Options{WorkDir: writeFiles(t, map[string]string{"compose.yaml": "services: {web: {image: a, volumes: ['./a.conf:/a']}}", "a.conf": "a"})}
	src, err := source.Find(source.Options{WorkDir: opts.WorkDir})
	require.NoError(t, err)
	l, err := readProject(t.Context(), opts, src)
	require.NoError(t, err)
	p := l.project()
	result, given := l.carry(t.Context(), p)
	require.Len(t, l.searched, 1)
	require.Empty(t, l.checkSecrets(p, result, given))
	for file := range l.searched {
		l.searched[file] = l.searcher.Search("a.conf", []byte("password = 7hXq2mVz9kLw\n"))
	}
	require.Len(t, l.checkSecrets(p, result, given), 1)
}
