package secret

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// judged returns the verdict on a value with a name.
func judged(name, value string, names ...string) string {
	f := NewFinder(names...)
	f.File("a.env", []byte(name+"="+value+"\n"))
	return certainties(f.Findings())
}

func certainties(findings []Finding) string {
	var all []string
	for _, found := range findings {
		all = append(all, []string{"demo", "likely", "known"}[found.Certainty])
	}
	return strings.Join(all, ",")
}

func TestJudgeByName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, value, want string }{
		{"POSTGRES_PASSWORD", "hunter2", "likely"},
		{"client_secret", "VARCHAR(80) DEFAULT 'k39fjw8dj2'", "likely"},
		{"DB_PASS", "x1", "likely"},
		{"dbPass", "kfw93", "likely"},
		{"spring.datasource.password", "kfw93", "likely"},
		{"API_KEY", "abc", "likely"},
		{"apiKey", "abc", "likely"},
		{"SECRET_KEY_BASE", "abc", "likely"},
		{"RAILS_SECRET_KEY_BASE", "abc", "likely"},
		{"JWT_SECRET", "abc", "likely"},
		{"GITHUB_TOKEN", "abc", "likely"},
		{"PASSWORD", "a$$b", "likely"},
		{"PASSWORD", "'pa$xw0rd9'", "likely"},
		{"PASSWORD", "'abc' # mine", "likely"},
		{"PASSWORD", `"abc"`, "likely"},
		{"PASSWORD", "abc#def", "likely"},
		{"PASSWORD", "/9j4AAQSkZJRgABAQAAAQABAAD2wBDAAs", "likely"},
		{"AUTH_SALT", "k39fjw", "likely"},
		{"POSTGRES_PASSWORD", "${PASSWORD:-ck39fm2l9dj3k8s0}", "likely"},
		{"WHATEVER", "q4Zb9LmX7vR2tK8sJ1nW5yC3hG6dF0pA+eUoIiQlTzM=", "likely"},
		{"FILE_KEY", "k3j4h5g6f7d8s9a0q1w2", "likely"},

		{"MYSQL_ROOT_PASSWORD", "somewordpress", "demo"},
		{"ADMIN_PASSWORD", "123456", "demo"},
		{"POSTGRES_PASSWORD", "postgres", "demo"},
		{"POSTGRES_PASSWORD", "mysecretpassword", "demo"},
		{"POSTGRES_PASSWORD", "MySecretPassword123!", "demo"},
		{"MINIO_ROOT_PASSWORD", "minioadmin", "demo"},
		{"SA_PASSWORD", "yourStrong(!)Password", "demo"},
		{"opensearch.password", "Qazwsxedc!@#123", "demo"},
		{"PASSWORD", "qazwsx87461", "likely"},
		{"DB_PASSWORD", "P@ssw0rd", "demo"},
		{"DB_PASSWORD", "supersecret", "demo"},
		{"DB_PASSWORD", "zibbly", "demo"}, // a service
		{"DB_PASSWORD", "zibbly-pass1", "demo"},
		{"DB_PASSWORD", "quorple", "demo"}, // a word of the name
		{"CF_TOKEN", "MyCloudflareApiToken", "demo"},
		{"DB_PASSWORD", "ChooseYourOwnPasswordHere1234", "demo"},
		{"DB_PASSWORD", "MyDogCalledRexPassword", "likely"},
		{"DB_PASSWORD", "CloudflareApiToken", "likely"},
		{"DB_PASSWORD", "My7XqLoginPassword", "likely"},
		{"SECRET", "you-must-replace-this", "demo"},

		{"POSTGRES_PASSWORD_FILE", "/run/secrets/x", ""},
		{"POSTGRES_PASSWORD_FILE", "secret.txt", ""},
		{"POSTGRES_PASSWORD", "", ""},
		{"POSTGRES_PASSWORD", "   # your password", ""},
		{"POSTGRES_PASSWORD", "''  # none", ""},
		{"POSTGRES_PASSWORD", `""`, ""},
		{"POSTGRES_PASSWORD", "${PASSWORD}", ""},
		{"POSTGRES_PASSWORD", "${PASSWORD:-hunter2}", ""},
		{"POSTGRES_PASSWORD", "${PASSWORD:-corge_grault_OS_01_12}", ""},
		{"POSTGRES_PASSWORD", "${PASSWORD:-corge-k39fm2l9dj3k8s0-01}", "likely"},
		{"POSTGRES_PASSWORD", "changeme", ""},
		{"system.secret-key", "'!!changeme!!'", ""},
		{"POSTGRES_PASSWORD", "CHANGE_ME", ""},
		{"POSTGRES_PASSWORD", "<your password>", ""},
		{"API_TOKEN", "your-token-here", ""},
		{"SECRET", "/run/secrets/db", ""},
		{"mail_crypt_global_private_key", "</mail_crypt/ecprivkey.pem", ""},
		{"access_token", "VARCHAR(40) NOT NULL DEFAULT ''", ""},
		{"app_passwds", "TINYINT(1) NOT NULL DEFAULT '1'", ""},
		{"password", "text", ""},
		{"JWT_SECRET_KEY", "%kernel.project_dir%/config/jwt/private.pem", ""},
		{"JWT_SECRET_KEY", "config/jwt/private.pem", ""},
		{"JWT_PASSPHRASE", "%env(JWT_PASSPHRASE)%", ""},
		{"PASSWORD_RESET_PATH", "/reset/%token%", ""},
		{"ALLOW_EMPTY_PASSWORD", "yes", ""},
		{"PASSWORD_MIN_LENGTH", "12", ""},
		{"PASSWORD_RESET", "enabled", ""},
		{"PASSWORD_RESET_RATE", "60/minute", ""},
		{"RESET_PASSWORD", "60/minute", ""},
		{"ACCESS_TOKEN", "10 minutes", ""},
		{"TOKEN_TTL", "3600", ""},
		{"ACCESS_TOKEN_EXPIRE_MINUTES", "10080", ""},
		{"PASSWORD_ENCRYPTION", "scram-sha-256", ""},
		{"TOKEN_URL", "https://example.com/token", ""},
		{"SECRET", "https://example.com/token", ""},
		{"PASSWORD_POLICY", "strong", ""},
		{"SECRET_NAME", "db", ""},
		{"DEPLOY_TOKEN", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkXkVbMGqZ1Qm3h5yq5mO0tWJrYkqQZr1uJ1X2s3d4f me@here", ""},
		{"SSH_KEY", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA", ""},
		{"integrity", "sha512-" + strings.Repeat("q4Zb9LmX7vR2tK8sJ1nW5yC3h", 3) + "G6dF0pA+eUo==", ""},
		{"registry-auth-token", "^4.2.1", ""},
		{"registry-auth-token", "4.0.0-beta.2", ""},
		{"DB_PASSWORD", "4.2.1-k39fm", "likely"},
		{"MONKEY", "banana", ""},
		{"KEYBOARD", "us", ""},
		{"COMPASS", "north", ""},
		{"BYPASS", "k39fm", ""},
		{"POSTGRES_USER", "admin", ""},
		{"IMAGE_DIGEST", "sha256:0d3a6b2c4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b", ""},
	} {
		require.Equal(t, test.want, judged(test.name, test.value, "zibbly", "corge-quorple"), "%s=%s", test.name, test.value)
	}
}

// made joins the parts of a token, so that scanners don't report this file.
func made(prefix string, parts ...string) string { return prefix + strings.Join(parts, "") }

func TestJudgeByForm(t *testing.T) {
	t.Parallel()
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	alnum := strings.Repeat("aB3dE6gH9j", 20)
	hexadecimal := strings.Repeat("0a1b2c3d4e5f6789", 20)
	for kind, token := range map[string]string{
		"AWS access key":          made("AKIA", strings.Repeat("Q7", 8)),
		"GitHub token":            made("ghp_", alnum[:36]),
		"GitHub token, fine":      made("github_pat_", "11ABCDEFG0", alnum[:10], "_", alnum[:59]),
		"GitLab token":            made("glpat-", alnum[:20]),
		"GitLab token, runner":    made("glrt-", alnum[:20]),
		"GitLab token, routable":  made("glpat-", alnum[:27], ".01.", alnum[:9]),
		"Google API key":          made("AIza", alnum[:35]),
		"Google client secret":    made("GOCSPX-", alnum[:28]),
		"Docker Hub token":        made("dckr_pat_", alnum[:27]),
		"Docker Hub token, org":   made("dckr_oat_", alnum[:32]),
		"Slack token":             made("xoxb-", "1234567890-1234567890-", alnum[:24]),
		"Slack webhook":           made("https://hooks.slack.com/services/", "T0000A/B0000A/", alnum[:24]),
		"npm token":               made("npm_", alnum[:36]),
		"PyPI token":              made("pypi-", "AgEIcHlwaS5vcmc", alnum[:60]),
		"Stripe key":              made("sk_live_", alnum[:24]),
		"API key":                 made("sk-", alnum[:48]),
		"API key, project":        made("sk-proj-", alnum[:20], "_", alnum[:30]),
		"API key, ant":            made("sk-ant-api03-", alnum[:90]),
		"JSON Web Token":          part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"77"}`) + "." + alnum[:43],
		"SendGrid key":            made("SG.", alnum[:22], ".", alnum[:43]),
		"Hugging Face token":      made("hf_", alnum[:34]),
		"DigitalOcean token":      made("dop_v1_", hexadecimal[:64]),
		"Vault token":             made("hvs.", alnum[:90]),
		"Telegram bot token":      made("123456789", ":AA", alnum[:33]),
		"Azure storage key":       made("DefaultEndpointsProtocol=https;AccountKey=", alnum[:86], "=="),
		"age private key":         made("AGE-SECRET-KEY-1", strings.Repeat("Q3K7", 15)),
		"Cloudflare tunnel token": made("eyJhIjoi", alnum[:120]),
		"Tailscale key":           made("tskey-auth-", alnum[:17], "-", alnum[:32]),
		"registry login":          `{"auths": {"https://index.docker.io/v1/": {"auth": "` + base64.StdEncoding.EncodeToString([]byte("me:k39fmx")) + `"}}}`,
	} {
		for _, text := range []string{token, "THING=" + token, "see: " + token + ", and more", "# a comment " + token, "run --x=" + token + " y"} {
			f := NewFinder()
			f.File("notes.txt", []byte("first\n"+text+"\n"))
			name, _, _ := strings.Cut(kind, ",")
			found := f.Findings()
			require.NotEmpty(t, found, "%s: %s", kind, text)
			require.Equal(t, Known, found[0].Certainty, kind)
			require.Contains(t, found[0].Reason, "("+name+")", text)
			require.Equal(t, 2, found[0].At.Line)
			require.NotContains(t, found[0].Reason, token)
		}
	}
}

func TestHarmlessForms(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"TOKEN: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"risk-management-and-compliance-service-2",
		"sk-some-long-kebab-case-name-of-a-thing",
		"image: a@sha256:" + strings.Repeat("0a1b2c3d", 8),
		"integrity sha512-Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5d2FsZG9mcmVkcGx1Z2h4eXp6eXRodWQwMTIzNDU2Nzg5==",
		"-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
		"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END PUBLIC KEY-----",
		"-----BEGIN PRIVATE KEY-----\nput your key here\n-----END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkXkVbMGqZ1Qm3h5yq5mO0tWJrYkqQZr1uJ1X2s3d4f me@here",
		"url = postgres://app:${PW}@db/app",
		"url = postgres://app:<password>@db/app",
		"http://example.com:8080/@me",
		"token = get()",
		"password = os.environ['X']",
		"password: |",
		"password: the password of the user",
		"secret: !vault abc",
	} {
		f := NewFinder()
		f.File("app.yaml", []byte(text))
		require.Empty(t, f.Findings(), text)
	}
}

// testKey is the body of a key.
const testKey = "MIIEowIBAAKCAQEAtxQ9Fh3kq1Zk8Nw7yVbJm2rLsXcDgHfPaEuTiOoYKzWv\n"

func TestPrivateKeys(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"} {
		key := made("-----BEGIN ", header, "-----\n", strings.Repeat(testKey, 3), "-----END ", header, "-----\n")
		for name, text := range map[string]string{
			"tls.key":    key,
			"both.pem":   "subject=me\n" + key + key,
			"key.json":   `{"private_key": "` + strings.ReplaceAll(key, "\n", `\n`) + `"}`,
			"k8s.yaml":   "data:\n  tls.key: " + base64.StdEncoding.EncodeToString([]byte(key)) + "\n",
			"a.env":      `KEY="` + key + `"`,
			"dot/id_rsa": "\n\n" + key,
		} {
			f := NewFinder()
			f.File(name, []byte(text))
			found := f.Findings()
			require.Len(t, found, 1, "%s %s: %v", header, name, found)
			require.Equal(t, Known, found[0].Certainty)
			require.Equal(t, name, found[0].At.File)
		}
	}
	for _, words := range []string{"privatekeyprivatekeyprivatekey", "PUTYOURPRIVATEKEYHEREPLEASE", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"} {
		f := NewFinder()
		f.File("a.yml", []byte(made("key: |\n  -----BEGIN ", "PRIVATE KEY-----\n  ", words, "\n  -----END ", "PRIVATE KEY-----\n")))
		require.Empty(t, f.Findings(), words)
	}
	f := NewFinder()
	f.File("store.p12", []byte("\x30\x82\x00\xff"))
	require.Equal(t, "known", certainties(f.Findings()))
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"a.php", "define('DB_PASSWORD', 'k39fmx');", "likely"},
		{"a.php", "  'password' => 'k39fmx',", "likely"},
		{"a.php", "$password = $other;", ""},
		{"a.py", "password = password", ""},
		{"a.py", "password = 'k39fmx'", "likely"},
		{"a.js", "  token: config.token,", ""},
		{"a.sh", "#!/bin/sh\nexport PASSWORD=k39fmx\n", "likely"},
		{"run", "#!/bin/sh\nPASSWORD=$(cat x)\n", ""},
		{"a.json", `{"user": "u", "password": "k39fmx"}`, "likely"},
		{"a.xml", "<password>k39fmx</password>", "likely"},
		{"a.ini", "password = k39fmx ; the password", "likely"},
		{"a.ini", "; password = k39fmx", ""},
		{"a.conf", "db-password: k39fmx", "likely"},
		{"README.md", "password: k39fmx", ""},
		{"README.md", "postgres://me:k39fmx@db/x", "likely"},
		{"a.env", "POSTGRES_USER=zorro\nPOSTGRES_PASSWORD=zorro\n", "demo"},
		{"a.env", "URL=postgres://zorro:zorro@db/x", "demo"},
		{"a.env", "URL=amqp://guest:guest@mq", "demo"},
		{"prod.env", "\xff\xfeP\x00W\x00D\x00=\x00k\x003\x009\x00\n\x00", "likely"},
	} {
		f := NewFinder()
		f.File(test.name, []byte(test.text))
		require.Equal(t, test.want, certainties(f.Findings()), "%s: %s", test.name, test.text)
	}
}

// TestLoneValues has files that consist of a single value.
func TestLoneValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, want string }{
		{"conf/db_password.txt", "k39fm2l\n", "likely"},
		{"config/master.key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "likely"},
		{"secrets/db", "k39fm2l", "likely"},
		{"a/.secrets/db.txt", "k39fm2l\r\n", "likely"},
		{"api-token", "k39fm2l", "likely"},
		{"secrets/db", "postgres\n", "demo"},
		{"secrets/db", "changeme\n", ""},
		{"secrets/db", "${DB_PASSWORD}", ""},
		{"secrets/README", "put them here\n", ""},
		{"db/name.txt", "k39fm2l", ""},
		{"password_reset.html", "<p>", ""},
		{"src/token.ts", "export\n", ""},
	} {
		f := NewFinder()
		f.File(test.name, []byte(test.content))
		require.Equal(t, test.want, certainties(f.Findings()), test.name)
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	f := NewFinder()
	f.File("a.env", []byte("PASSWORD=k39fmx\nTHING="+made("ghp_", strings.Repeat("aB3", 12))+"\nDEMO_PASSWORD=demo\n"))
	f.File("sub/b.env", []byte("OTHER="+made("ghp_", strings.Repeat("aB3", 12))+"\n"))
	for _, test := range []struct {
		allowed  Allowed
		errs     []string
		warnings int
	}{
		{Allowed{}, []string{"a.env:1", "a.env:2", "sub/b.env:1"}, 1},
		{Allowed{All: true}, []string{"a.env:2", "sub/b.env:1"}, 0},
		{Allowed{All: true, Names: []string{"THING", "./sub/b.env"}}, nil, 0},
		{Allowed{Names: []string{"a.env"}}, []string{"sub/b.env:1"}, 0},
		{Allowed{All: true, Names: []string{"thing", "sub/b.env"}}, []string{"a.env:2"}, 1},
	} {
		errs, warnings := test.allowed.Judge(f.Findings())
		var at []string
		for _, err := range errs {
			at = append(at, strings.Join(strings.SplitN(err.Error(), ":", 3)[:2], ":"))
		}
		require.Equal(t, test.errs, at, "%v", test.allowed)
		require.Len(t, warnings, test.warnings, "%v", warnings)
	}
}
