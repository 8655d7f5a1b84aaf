//go:build unix

package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// nasty has escape sequences for terminals, and forges a message.
const nasty = "x\u202egnp\u2028\x1b]0;title\a\u009b31m\nocompose: forged\r\x7f\u2066"

// texts are the places where text from a registry appears.
var texts = []scenario{
	{"platform", func(t testing.TB, e *evil) {
		d := describe(manifestType, e.composition(t, repo, "", innocent))
		p := fmt.Sprintf(`,"platform":{"os":%s,"architecture":%s,"variant":%s,"os.version":%s}`, quoted(t), quoted(t), quoted(t), quoted(t))
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+entry(d, asComposition+p)+"]}"))
	}},
	{"platform of an image", func(t testing.TB, e *evil) {
		d := describe(manifestType, e.image(t, repo, "", "layer"))
		p := fmt.Sprintf(`,"platform":{"os":%s,"architecture":%s}`, quoted(t), quoted(t))
		e.put(repo, tag, indexType, []byte(indexOf("")+entry(d, p)+"]}"))
	}},
	{"artifact type", func(t testing.TB, e *evil) {
		e.put(repo, tag, manifestType, []byte(strings.Replace(manifestOf("TYPE"), `"TYPE"`, quoted(t), 1)+"]}"))
	}},
	{"media types", func(t testing.TB, e *evil) {
		e.put(repo, tag, indexType, fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"artifactType":%q,"manifests":[{"mediaType":%s,"size":2,"digest":%q,"artifactType":%s}]}`,
			indexType, compositionType, quoted(t), number(1), quoted(t)))
	}},
	{"name of a file", func(t testing.TB, e *evil) {
		file := e.blob(innocent)
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+strings.Replace(layer("NAME", file.Digest.String(), int(file.Size)), `"NAME"`, quoted(t), 1)+"]}"))
	}},
	{"name of a missing file", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+strings.Replace(layer("NAME", number(1), 5), `"NAME"`, `"a\u202eb\u2028.yaml"`, 1)+"]}"))
	}},
	{"annotations", func(t testing.TB, e *evil) {
		file := e.blob(innocent)
		l := fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:"compose.yaml",%s:%s}}`, composeFile, file.Size, file.Digest, title, quoted(t), quoted(t))
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+l+fmt.Sprintf(`],"annotations":{%s:%s,"dev.ocompose.mode":%s,"org.opencontainers.image.title":%s}}`, quoted(t), quoted(t), quoted(t), quoted(t))))
	}},
	{"a Compose file", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, fmt.Sprintf("name: %s\nservices:\n  %s: {image: 'localhost:1/web'}\n  web: {image: %s}\n", quoted(t), quoted(t), quoted(t)))
	}},
	{"a Compose file that does not parse", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, "services: [\n"+nasty)
	}},
	{"errors", func(t testing.TB, e *evil) {
		e.on("/manifests/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"errors":[{"code":%s,"message":%s,"detail":%s}]}`, quoted(t), quoted(t), quoted(t))
		})
	}},
	{"unstructured errors", func(_ testing.TB, e *evil) {
		e.on("/manifests/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, strings.Repeat(nasty, 50_000))
		})
	}},
	{"Content-Type", func(_ testing.TB, e *evil) {
		e.on("/manifests/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", strings.Repeat("x\u202e\u0085", 100_000))
			fmt.Fprint(w, "{}")
		})
	}},
	{"Docker-Content-Digest", func(t testing.TB, e *evil) {
		raw := e.composition(t, repo, tag, innocent)
		e.on("/manifests/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", manifestType)
			w.Header().Set("Docker-Content-Digest", strings.Repeat("sha256:\u202e\u0085", 50_000))
			_, _ = w.Write(raw)
		})
	}},
	{"challenge", func(_ testing.TB, e *evil) {
		e.on("GET /v2/$", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", strings.Repeat("\u202e\u0085", 100_000)+` realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		})
	}},
	{"realm", func(_ testing.TB, e *evil) {
		e.on("GET /v2/$", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://127.0.0.1:1/`+strings.Repeat("\u202e\u0085", 100_000)+`",service="`+strings.Repeat("\u202e", 10_000)+`"`)
			w.WriteHeader(http.StatusUnauthorized)
		})
	}},
	{"Location", func(_ testing.TB, e *evil) {
		e.on("(GET|HEAD) .*/(manifests|blobs)/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://a\u202eb.invalid:1/"+strings.Repeat("\u202e\u0085", 100_000))
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
	}},
	{"Link", func(t testing.TB, e *evil) { e.link(t, "<http://a.example/"+strings.Repeat("\u202e\u0085x", 120_000)) }},
	{"Link of an invalid host", func(t testing.TB, e *evil) { e.link(t, "<http://[::1"+strings.Repeat("x", 900_000)) }},
	{"Link of a long host", func(t testing.TB, e *evil) { e.link(t, "<http://"+strings.Repeat("x", 900_000)) }},
	{"Link of a long path", func(t testing.TB, e *evil) { e.link(t, "</v2/"+strings.Repeat("x", 900_000)) }},
	{"tags", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.on("/tags/list$", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"tags":["1",%s]}`, quoted(t))
		})
	}},
	{"referrers", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.on("^GET .*/referrers/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", indexType)
			fmt.Fprintf(w, `%s{"mediaType":%s,"size":2,"digest":%q,"artifactType":%s,"annotations":{%s:%s}},{"mediaType":%q,"size":2,"digest":%s}]}`,
				indexOf(""), quoted(t), number(1), quoted(t), quoted(t), quoted(t), manifestType, quoted(t))
		})
	}},
}

// telling are the commands that print the text of a scenario, which always run.
var telling = map[string][][]string{
	"platform":                {{"pull", "-d", "out", "--platform", "linux/amd64"}, {"inspect", "-o", "json"}},
	"platform of an image":    {{"images", "-o", "json"}},
	"name of a missing file":  {{"inspect", "-o", "json"}, {"pull", "-d", "out"}},
	"annotations":             {{"inspect", "-o", "json"}},
	"referrers":               {{"referrers", "--all", "-o", "json"}, {"referrers"}},
	"Content-Type":            {{"referrers", "--all", "-o", "json"}},
	"Link":                    {{"referrers"}},
	"Link of an invalid host": {{"referrers"}},
	"Link of a long host":     {{"referrers"}},
	"Link of a long path":     {{"referrers"}},
}

// link serves an image with a list of referrers whose Link header begins with a text.
func (e *evil) link(t testing.TB, begin string) {
	e.image(t, repo, tag, "layer")
	e.on("^GET .*/referrers/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", indexType)
		w.Header().Set("Link", begin+`>; rel="next"`)
		fmt.Fprint(w, indexOf("")+"]}")
	})
}

// quoted is nasty as a JSON string, which is also valid YAML.
func quoted(t testing.TB) string { return string(encode(t, nasty)) }

// TestText: no text from a registry controls the terminal.
func TestText(t *testing.T) {
	for i, s := range texts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			s.serve(t, e)
			ref := e.host + "/" + repo + ":" + tag
			lines := commandLines(ref, e.host, i)
			for _, args := range telling[s.name] {
				lines = append(lines, append(slices.Clone(args), ref))
			}
			for _, args := range lines {
				c := newCommand(t)
				c.write("uses.yaml", "services:\n  web:\n    image: "+ref+"\n")
				end := c.run(args...)
				check(t, args, end)
				checkText(t, args, end)
			}
		})
	}
}

// checkText checks that the output of a command is safe for a terminal.
func checkText(t *testing.T, args []string, end ended) {
	t.Helper()
	line := strings.Join(args, " ")
	for _, text := range []string{end.stdout, end.stderr} {
		require.True(t, utf8.ValidString(text), line)
		for _, r := range text {
			bad := r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
			require.False(t, bad, "%s: %U in %q", line, r, head(text))
		}
		for l := range strings.Lines(text) {
			rest, found := strings.CutPrefix(l, "ocompose: ")
			for more := found; more; { // each line of an error may have the prefix
				rest, more = strings.CutPrefix(rest, "ocompose: ")
			}
			require.False(t, found && strings.HasPrefix(rest, "forged"), line)
		}
	}
	if slices.Contains(args, "json") && end.stdout != "" {
		require.True(t, json.Valid([]byte(end.stdout)), line)
	}
}
