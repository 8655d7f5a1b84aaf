package action

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// TestPushNoticesLostManifests: the registry confirms a manifest that it did not store.
func TestPushNoticesLostManifests(t *testing.T) {
	t.Parallel()
	forgets := func(http.Handler) http.Handler { return http.HandlerFunc(forget) }
	changes := func(next http.Handler) http.Handler {
		return registrytest.DropHeader("Docker-Content-Digest")(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			body = append(body, ' ')
			req = req.Clone(req.Context())
			req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			next.ServeHTTP(w, req)
		}))
	}
	for name, fault := range map[string]registrytest.Fault{
		"the tag is forgotten":         {Match: registrytest.On(http.MethodPut, "/shop/manifests/1.0$"), Do: forgets},
		"other bytes are stored":       {Match: registrytest.On(http.MethodPut, "/shop/manifests/1.0$"), Do: changes},
		"all but the tag is forgotten": {Match: registrytest.On(http.MethodPut, "/shop/manifests/sha256:"), Do: forgets},
	} {
		for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
			t.Run(fmt.Sprint(name, ", ", mode), func(t *testing.T) {
				t.Parallel()
				s := registrytest.Start(t)
				p := shopAt(t, s.Host, mode)
				s.Faults().Add(fault)
				_, err := p.push(t, newSession(), publish.PushOptions{Tag: "1.0"})
				var lost *remote.LostError
				require.ErrorAs(t, err, &lost)
			})
		}
	}
}

// TestPushNoticesLostImages: the registry confirms the manifest of an image that it did not store.
func TestPushNoticesLostImages(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	p := shopAt(t, s.Host, artifact.Bundled)
	image, err := newSession().Client.HeadManifest(t.Context(), reference(t, s.Host+"/src/web:1"))
	require.NoError(t, err)
	s.Faults().Add(registrytest.Fault{
		Match: registrytest.On(http.MethodPut, "/shop/manifests/"+image.Digest.String()+"$"),
		Do:    func(http.Handler) http.Handler { return http.HandlerFunc(forget) },
	})
	_, err = p.push(t, newSession(), publish.PushOptions{Tag: "1.0"})
	var lost *remote.LostError
	require.ErrorAs(t, err, &lost)
	require.Contains(t, lost.Ref, image.Digest.String())
}

// TestConfirmedManifestsAreNotRequested: one HEAD per manifest, but only if the registry does not
// give its digest.
func TestConfirmedManifestsAreNotRequested(t *testing.T) {
	t.Parallel()
	for confirmed, more := range map[bool]int{true: 0, false: 4} {
		s := registrytest.Start(t)
		p := shopAt(t, s.Host, artifact.Loose)
		heads := func() int {
			return len(slices.DeleteFunc(s.Requests(), func(r registrytest.Request) bool { return r.Method != http.MethodHead }))
		}
		if !confirmed {
			s.Faults().Add(registrytest.Fault{Match: registrytest.On(http.MethodPut, "/shop/manifests/"), Do: registrytest.DropHeader("Docker-Content-Digest")})
		}
		before := heads()
		pushed, err := p.push(t, newSession(), publish.PushOptions{Tag: "1.0"})
		require.NoError(t, err)
		require.Len(t, pushed.Package.Compositions, 3)
		require.Equal(t, 1+more, heads()-before, "the first asks for the tag")
	}
}

// forget accepts a manifest without storing it.
func forget(w http.ResponseWriter, req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body)
	w.WriteHeader(http.StatusCreated)
}

// TestAttachSendsMissingContent: a package of which only the root exists is attached again.
func TestAttachSendsMissingContent(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]artifact.Mode{"loose": artifact.Loose, "bundled": artifact.Bundled} {
		for _, blobs := range []bool{false, true} {
			t.Run(fmt.Sprint(name, blobs), func(t *testing.T) {
				t.Parallel()
				s := registrytest.Start(t)
				p := shopAt(t, s.Host, mode)
				p.image = reference(t, s.Host+"/src/web:1")
				attached, err := p.push(t, newSession(), publish.PushOptions{})
				require.NoError(t, err)
				before := len(s.Requests())
				_, err = p.push(t, newSession(), publish.PushOptions{})
				require.NoError(t, err)
				t.Logf("%d requests attach it again", len(s.Requests())-before)

				client := remote.New()
				for _, c := range attached.Package.Compositions {
					if c.Descriptor.Digest == attached.Package.Digest() {
						continue
					}
					require.NoError(t, client.DeleteManifest(t.Context(), attached.Digest.Context().Digest(c.Descriptor.Digest.String())))
					all, err := c.Blobs()
					require.NoError(t, err)
					for _, b := range all {
						if !blobs {
							break
						}
						req, err := http.NewRequest(http.MethodDelete, "/v2/src/web/blobs/"+b.Descriptor.Digest.String(), nil)
						require.NoError(t, err)
						res, err := client.Do(t.Context(), attached.Digest.Context(), req)
						require.NoError(t, err)
						require.Contains(t, []int{http.StatusAccepted, http.StatusNotFound}, res.StatusCode) // two may share one
					}
				}
				_, err = p.push(t, newSession(), publish.PushOptions{})
				require.NoError(t, err)
				v, err := verify.Package(t.Context(), newSession(), at(attached.Digest), verify.Options{})
				require.NoError(t, err)
				require.True(t, v.OK, "%+v", v.Problems)
			})
		}
	}
}

// TestPushWithoutReading: a login without read permission can push.
func TestPushWithoutReading(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	p := shopAt(t, s.Host, artifact.Loose)
	s.Faults().Add(
		registrytest.Fault{Match: registrytest.On(http.MethodHead, "/shop/manifests/"), Do: registrytest.Status(http.StatusForbidden)},
		registrytest.Fault{Match: registrytest.On(http.MethodGet, "/shop/manifests/"), Do: registrytest.Status(http.StatusForbidden)},
	)
	_, err := p.push(t, newSession(), publish.PushOptions{Tag: "1.0"})
	require.NoError(t, err)
}

// TestPushAndDeleteAtOnce: the later command notices the changes of the other.
func TestPushAndDeleteAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 25 {
		s := registrytest.Start(t)
		p := shopAt(t, s.Host, artifact.Loose)
		pushed := push(t, p, "1.0")
		client, where := newSession(), at(pushed.Digest.Context().Tag("1.0"))
		plan, err := remove.Plan(t.Context(), client, where, remove.Options{})
		require.NoError(t, err)

		// The push finds nothing under its tag, and is delayed by a different time in each round.
		var both sync.WaitGroup
		var pushErr, deleteErr error
		begin := make(chan struct{})
		s.Faults().Add(registrytest.Fault{Match: registrytest.On(http.MethodDelete, ""), After: round % 4, Times: 1, Do: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				close(begin)
				next.ServeHTTP(w, req)
			})
		}})
		both.Go(func() { deleteErr = remove.Delete(t.Context(), where.Store, plan) })
		both.Go(func() {
			<-begin
			_, pushErr = p.push(t, newSession(), publish.PushOptions{Tag: "1.0", Repair: true})
		})
		both.Wait()
		root, err := where.Store.Lookup(t.Context(), pushed.Digest.DigestStr())
		if store.IsNotFound(err) {
			continue
		}
		require.NoError(t, err)
		v, err := verify.Package(t.Context(), newSession(), session.Location{Store: where.Store, Ref: root.Digest.String()}, verify.Options{})
		require.NoError(t, err)
		if !v.OK {
			require.True(t, pushErr != nil || deleteErr != nil, "round %d: an incomplete package without an error", round)
		}
	}
}
