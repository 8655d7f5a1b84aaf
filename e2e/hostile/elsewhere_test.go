//go:build unix

package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A way is how a registry sends a client to another host.
type way struct {
	command string
	// refused is set if the client sends no request there at all.
	refused bool
	send    func(e *evil, other string)
}

var ways = map[string]way{
	"ping":                       {"inspect", true, redirected("GET", "/v2/$")},
	"token":                      {"inspect", true, redirected("GET|POST", "/token$")},
	"list of tags":               {"ls", false, redirected("GET", "/tags/list$")},
	"list of referrers":          {"referrers", false, redirected("GET", "/referrers/")},
	"HEAD of a manifest":         {"push", false, redirected("HEAD", "/manifests/")},
	"HEAD of a blob":             {"push --bundle", false, redirected("HEAD", "/blobs/")},
	"start of an upload":         {"push", false, redirected("POST", "/blobs/uploads/")},
	"end of an upload":           {"push", false, redirected("PUT", "/blobs/uploads/")},
	"manifest that is pushed":    {"push", false, redirected("PUT", "/manifests/")},
	"manifest that is deleted":   {"delete", false, redirected("DELETE", "/manifests/")},
	"with a user in the address": {"inspect", false, func(e *evil, other string) { redirected("GET", "/(manifests|blobs)/")(e, "eve:pass@"+other) }},
	"location of an upload":      {"push", false, uploadsAt("http:")},
	"location without a scheme":  {"push", false, uploadsAt("")},
	"next page of tags":          {"ls", true, next("/tags/list$", `{"tags":["1"]}`)},
	"next page of referrers":     {"referrers", true, next("/referrers/", indexOf("")+"]}")},
	"cookies": {"inspect", false, func(e *evil, other string) {
		e.on("^GET .*/(manifests|blobs)/", func(w http.ResponseWriter, req *http.Request) {
			w.Header().Add("Set-Cookie", "session="+password+"; Path=/; Domain=localhost")
			w.Header().Add("Set-Cookie", "session="+password+"; Path=/")
			http.Redirect(w, req, "http://"+other+req.URL.Path, http.StatusFound)
		})
	}},
}

// uploadsAt moves uploads.
func uploadsAt(scheme string) func(*evil, string) {
	return func(e *evil, other string) {
		e.on("^POST .*/blobs/uploads/", func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Location", scheme+"//"+other+req.URL.Path+"1?state=1")
			w.WriteHeader(http.StatusAccepted)
		})
	}
}

// redirected redirects requests with credentials.
func redirected(methods, path string) func(*evil, string) {
	return func(e *evil, other string) {
		e.on("^("+methods+") .*"+path, func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "http://"+other+req.URL.Path+"?"+req.URL.RawQuery, http.StatusTemporaryRedirect)
		})
	}
}

// next sends a Link header to another host with a list.
func next(path, body string) func(*evil, string) {
	return func(e *evil, other string) {
		e.on("^GET .*"+path, func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", indexType)
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?last=1>; rel="next"`, other, req.URL.Path))
			fmt.Fprint(w, body)
		})
	}
}

// TestNothingSecretGoesElsewhere: in whatever way a registry sends a client to another host, that
// host gets no secret.
func TestNothingSecretGoesElsewhere(t *testing.T) {
	for name, way := range ways {
		for kind := range logins {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				e, c := newEvil(t), newCommand(t)
				c.project(e)
				e.composition(t, repo, tag, innocent)
				var other *witness
				other = newWitness(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("WWW-Authenticate", bearerOf(other.host))
					w.WriteHeader(http.StatusUnauthorized)
				})
				e.login(t, c, kind)
				way.send(e, other.host)
				ref := e.host + "/" + repo
				if way.command != "ls" {
					ref += ":" + tag
				}
				end := c.known(append(strings.Fields(way.command), ref)...)
				require.NotContains(t, end.stdout+end.stderr, password)
				require.NotContains(t, end.stdout+end.stderr, issued)
				for _, secret := range append(secrets, "Cookie", "Referer") {
					require.NotContains(t, other.saw(), secret)
				}
				if way.refused {
					require.Empty(t, other.saw(), end.stderr)
				} else {
					require.NotEmpty(t, other.saw(), end.stderr)
				}
			})
		}
	}
}
