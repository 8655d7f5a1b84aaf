package reference

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

func TestParse(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"nginx":                               "index.docker.io/library/nginx:latest",
		"nginx:1.25":                          "index.docker.io/library/nginx:1.25",
		"oci":                                 "index.docker.io/library/oci:latest",
		"oci:1":                               "index.docker.io/library/oci:1",
		"dir:latest":                          "index.docker.io/library/dir:latest",
		"team/app":                            "index.docker.io/team/app:latest",
		"docker.io/team/app:1":                "index.docker.io/team/app:1",
		"localhost/app":                       "localhost/app:latest",
		"localhost:5000/app:1":                "localhost:5000/app:1",
		"oci://localhost:5000/app:1":          "localhost:5000/app:1",
		"r.example/a":                         "r.example/a:latest",
		"127.0.0.1:5000/a/b/c":                "127.0.0.1:5000/a/b/c:latest",
		"[::1]:5000/app:1":                    "[::1]:5000/app:1",
		"r.example/a_b/c__d/e-f/g---h/i.j:_X": "r.example/a_b/c__d/e-f/g---h/i.j:_X",
		"r.example/app@" + digest:             "r.example/app@" + digest,
		"r.example/app:1@" + digest:           "r.example/app@" + digest,
		"Registry.example/app":                "Registry.example/app:latest",
	} {
		ref, err := Parse(written)
		require.NoError(t, err, written)
		require.Equal(t, want, ref.Name(), written)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"":                               "it is empty",
		"oci://":                         "it is empty",
		"a b":                            "spaces",
		"app\n":                          "spaces",
		"app:1\x1b[31m":                  "invalid characters",
		"größe/app":                      "invalid characters",
		"https://r.example/app:1":        "leave out https:// and write r.example/app:1",
		"HTTPS://r.example/app:1":        "leave out HTTPS:// and write r.example/app:1",
		"https://r.example/v2/":          "leave out https:// and write r.example/v2",
		"https://":                       "leave out https:// and write REGISTRY/REPOSITORY:TAG",
		"http://r.example/app:1":         "leave out http:// and write r.example/app:1; --plain-http",
		"docker://r.example/app:1":       "leave out docker:// and write r.example/app:1",
		"oci://docker://r.example/app:1": "leave out docker:// and write r.example/app:1",
		"OCI://r.example/app:1":          "oci:// in lower case",
		"file:///tmp/app":                "it is a file",
		"docker-daemon:app:1":            "transport docker-daemon: is not supported",
		"containers-storage:r/app:1":     "containers-storage: is not supported",
		"oci:folder:1":                   "write it as|folder as oci-layout:folder:1",
		"oci:./folder":                   "folder as oci-layout:./folder",

		"localhost":                 "a registry without a repository: write localhost/NAME",
		"localhost:5000":            "a registry without a repository: write localhost:5000/NAME",
		"registry.example.com":      "a registry without a repository: write registry.example.com/NAME",
		"registry.example.com:5000": "a registry without a repository: write registry.example.com:5000/NAME",
		"127.0.0.1:5000":            "a registry without a repository: write 127.0.0.1:5000/NAME",
		"localhost:5000/":           "the repository is missing: write localhost:5000/NAME",
		"localhost:/app":            `the port "" is not a number from 1 to 65535`,
		"localhost:port/app":        `the port "port" is not a number`,
		"localhost:0/app":           `the port "0" is not a number`,
		"localhost:99999/app":       `the port "99999" is not a number`,
		"-r.example/app":            `"-r.example" is not a valid host name`,
		"r..example/app":            `"r..example" is not a valid host name`,
		"r_x.example/app":           `"r_x.example" is not a valid host name`,
		"[::1/app":                  "the port|not a valid host name",

		"UPPER":                       "repository names are lower case: write upper",
		"r.example/Team/App:1":        "repository names are lower case: write team/app",
		"/app":                        "empty part",
		"r.example//app":              "empty part",
		"r.example/app/":              "empty part",
		"r.example/app/:1":            "empty part",
		"r.example/-app":              "begin and end with a letter or digit",
		"r.example/app-":              "begin and end with a letter or digit",
		"r.example/a..b":              "begin and end with a letter or digit",
		"r.example/a___b":             "begin and end with a letter or digit",
		"..":                          "begin and end|not a valid host",
		"r.example/a+b":               `name "a\+b" is invalid`,
		"r.example/app?x=1":           "is invalid",
		"r.example/$APP:1":            "is invalid",
		"r.example/{{.App}}":          "is invalid",
		":1":                          "name is missing",
		"@" + digest:                  "name is missing",
		"r.example/" + long(256):      "has 256 characters",
		"r.example/app:1:2":           "is invalid",
		"r.example/app:":              "the tag is empty",
		"r.example/app:x?y":           `the tag "x\?y" is invalid`,
		"r.example/app:.1":            `begins with "."`,
		"r.example/app:-1":            `begins with "-"`,
		"r.example/app:1+build":       `the tag "1\+build" is invalid`,
		"r.example/app:" + long(129):  "the tag has 129 characters",
		"r.example/app@":              "the digest after @ is missing",
		"r.example/app@latest":        "not a digest",
		"r.example/app@sha256:123":    "not a digest",
		"r.example/app@sha512:123":    "sha512 digests are not supported",
		"r.example/app@" + digest[7:]: "write the digest as @sha256:44136",
		"r.example/app@" + strings.Replace(digest, "a", "A", 1): "lower case",
		"r.example/app@" + digest + "@" + digest:                "not a digest",
	} {
		_, err := Parse(written)
		var e *Error
		require.ErrorAs(t, err, &e, written)
		require.Regexp(t, want, e.Reason, "%q", written)
		require.LessOrEqual(t, len(err.Error()), 700, written)
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		"alice:secret@r.example/app:1", "https://alice:secret@r.example/app:1", "oci://alice:secret@r.example/app:1",
		"https://alice:p@secret@r.example/app", "alice:secret@r.example/app@" + digest, "alice:secret@r.example/", "alice:se/cret/secret@r.example/app", "alice:secret@r.example", "alice:secret@localhost:5000",
	} {
		_, err := Parse(written)
		require.Error(t, err, written)
		require.NotContains(t, err.Error(), "secret", written)
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost", "localhost:5000", "registry.example.com", "[::1]", "[::1]:5000", "registry", "10.0.0.1:80"} {
		require.NoError(t, CheckHost(host), host)
	}
	for host, want := range map[string]string{
		"": "empty", "https://r.example": "leave out https://", "r.example/app": "only the host of a registry",
		"r.example:x": "port", "a b": "spaces", "r_x": "not a valid host name", "alice@r.example": "write r.example,",
	} {
		require.ErrorContains(t, CheckHost(host), want, host)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("oci://localhost:5000/app:1@" + digest)
	f.Add("https://alice:secret@r.example/app")
	f.Fuzz(func(t *testing.T, written string) {
		ref, err := Parse(written)
		if err != nil {
			var e *Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Reason)
			return
		}
		again, err := Parse(ref.Name())
		require.NoError(t, err, ref.Name())
		require.Equal(t, ref.Name(), again.Name())
	})
}
