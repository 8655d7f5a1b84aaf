//go:build unix

package hostile

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// project pushes an image for two platforms to a registry, and writes a project that uses it to
// the folder.
func (c *command) project(e *evil) {
	var entries []string
	for _, arch := range []string{"amd64", "arm64"} {
		config := e.blob(fmt.Sprintf(`{"os":"linux","architecture":%q,"rootfs":{"type":"layers"}}`, arch))
		raw := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":%d,"digest":%q},"layers":[]}`, manifestType, config.Size, config.Digest)
		entries = append(entries, entry(e.put("web", "", manifestType, raw), fmt.Sprintf(`,"platform":{"os":"linux","architecture":%q}`, arch)))
	}
	e.put("web", "1", indexType, []byte(indexOf("")+list(entries...)+"]}"))
	c.write("compose.yaml", "services:\n  web:\n    image: "+e.host+"/web:1\n")
}

// TestOneRejectionChangesNothing: a registry that rejects a manifest once, for any reason, gets the
// same package as other registries, or the push fails.
func TestOneRejectionChangesNothing(t *testing.T) {
	for _, body := range []string{
		`{"errors":[{"code":"DIGEST_INVALID"},{"code":"MANIFEST_BLOB_UNKNOWN"}]}`, `{"errors":[{"code":"MANIFEST_INVALID"}]}`, ``,
	} {
		for nth := 1; nth <= 3; nth++ {
			t.Run(fmt.Sprintf("%d %s", nth, body), func(t *testing.T) {
				t.Parallel()
				e, c := newEvil(t), newCommand(t)
				c.project(e)
				puts := 100
				e.gate = func(w http.ResponseWriter, req *http.Request) bool {
					if req.Method != http.MethodPut || !manifestPath.MatchString(req.URL.Path) {
						return true
					}
					e.mu.Lock()
					puts++
					refused := puts == nth
					e.mu.Unlock()
					if refused {
						_, _ = io.Copy(io.Discard, req.Body)
						http.Error(w, body, http.StatusBadRequest)
					}
					return !refused
				}
				require.Zero(t, c.run("push", e.host+"/undisturbed:1").status)
				want := e.manifests["undisturbed/1"].write()
				e.mu.Lock()
				puts = 0
				e.mu.Unlock()
				end := c.run("push", e.host+"/"+repo+":"+tag)
				stored, ok := e.manifests[repo+"/"+tag]
				if end.status != 0 {
					require.Equal(t, 1, end.status, end.stderr)
					require.False(t, ok, "a rejected package is tagged")
					return
				}
				require.True(t, ok)
				require.Equal(t, indexType, stored.mediaType)
				require.Equal(t, string(want), string(stored.write()), "%s%s", end.stdout, end.stderr)
			})
		}
	}
}

// TestPushNoticesLostContent: a push fails if the registry accepts everything but stores
// something else, or nothing.
func TestPushNoticesLostContent(t *testing.T) {
	for name, store := range map[string]func(e *evil, ref, mediaType string, raw []byte){
		"nothing": func(*evil, string, string, []byte) {},
		"other bytes": func(e *evil, ref, mediaType string, raw []byte) {
			e.put(repo, ref, mediaType, append(raw, '\n'))
		},
		"another manifest": func(e *evil, ref, _ string, _ []byte) { e.putMade(repo, ref, manifestType, e.manifests["web/1"].write) },
		"only references by digest": func(e *evil, ref, mediaType string, raw []byte) {
			if ref != tag {
				e.put(repo, ref, mediaType, raw)
			}
		},
	} {
		for _, args := range [][]string{{"push"}, {"push", "--bundle"}, {"push", "--repair"}} {
			t.Run(fmt.Sprint(name, args), func(t *testing.T) {
				t.Parallel()
				e, c := newEvil(t), newCommand(t)
				c.project(e)
				e.on("PUT /v2/"+repo+"/manifests/", func(w http.ResponseWriter, req *http.Request) {
					raw, _ := io.ReadAll(req.Body)
					store(e, manifestPath.FindStringSubmatch(req.URL.Path)[2], req.Header.Get("Content-Type"), raw)
					w.WriteHeader(http.StatusCreated)
				})
				end := c.known(append(args, e.host+"/"+repo+":"+tag)...)
				require.NotZero(t, end.status, "%s%s", end.stdout, end.stderr)
			})
		}
	}
}

// TestPushNoticesLostTags: a push fails if the registry reports tags that it has not written.
func TestPushNoticesLostTags(t *testing.T) {
	for name, write := range map[string]bool{"written": true, "claimed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			c.project(e)
			e.on("PUT /v2/"+repo+"/manifests/", func(w http.ResponseWriter, req *http.Request) {
				raw, _ := io.ReadAll(req.Body)
				ref := manifestPath.FindStringSubmatch(req.URL.Path)[2]
				d := e.put(repo, ref, req.Header.Get("Content-Type"), raw)
				for _, more := range req.URL.Query()["tag"] {
					if write {
						e.put(repo, more, req.Header.Get("Content-Type"), raw)
					}
					w.Header().Add("OCI-Tag", more)
				}
				w.Header().Set("Docker-Content-Digest", d.Digest.String())
				w.WriteHeader(http.StatusCreated)
			})
			end := c.known("push", "-o", "json", e.host+"/"+repo+":"+tag+",2,3")
			if write {
				require.Zero(t, end.status, end.stderr)
				require.True(t, json.Valid([]byte(end.stdout)))
				return
			}
			for _, tag := range []string{tag, "2", "3"} {
				_, ok := e.manifests[repo+"/"+tag]
				require.True(t, ok || end.status != 0, "tag %s does not exist: %s%s", tag, end.stdout, end.stderr)
			}
		})
	}
}
