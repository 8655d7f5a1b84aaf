package action

import (
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// TestAttachAndDeleteAtOnce attaches a package while the same one is deleted. Unless one of the
// two fails, the package is either complete and listed, or gone and not listed.
func TestAttachAndDeleteAtOnce(t *testing.T) {
	t.Parallel()
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("OCOMPOSE_STORM_ROUNDS")); err == nil {
		rounds = n
	}
	for name, start := range map[string]func(t testing.TB) string{
		"embedded":             func(t testing.TB) string { return registrytest.Start(t).Host },
		"embedded without API": func(t testing.TB) string { return registrytest.Start(t, registry.WithReferrersAPI(false)).Host },
		"distribution 3":       func(t testing.TB) string { return realtest.Distribution(t) },
		"docker-registry 2.8":  func(t testing.TB) string { return realtest.DockerRegistry(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shopAt(t, start(t), artifact.Loose)
			p.image = reference(t, p.Repository.RegistryStr()+"/src/web:1")
			outcomes := map[string]int{}
			for round := range rounds {
				attached, err := p.push(t, newSession(), publish.PushOptions{Tag: "app", Repair: true}) // repairs what the round before may have left
				require.NoError(t, err)
				where := at(attached.Digest.Context().Tag("app"))
				client := newSession()
				deletion, err := remove.Plan(t.Context(), client, where, remove.Options{})
				require.NoError(t, err)

				var both sync.WaitGroup
				var attachErr, deleteErr error
				both.Go(func() {
					time.Sleep(time.Duration(max(0, round-rounds/3)) * 4 * time.Millisecond)
					deleteErr = remove.Delete(t.Context(), where.Store, deletion)
				})
				both.Go(func() {
					time.Sleep(time.Duration(max(0, rounds/3-round)) * 4 * time.Millisecond)
					_, attachErr = p.push(t, newSession(), publish.PushOptions{Tag: "app", Repair: round%2 == 0})
				})
				both.Wait()

				digest := attached.Package.Digest()
				listing, err := inspect.Referrers(t.Context(), at(p.image), inspect.ListOptions{})
				require.NoError(t, err)
				isListed := slices.ContainsFunc(listing.Referrers, func(r report.Referrer) bool { return r.Digest == digest.String() })
				_, err = where.Store.Lookup(t.Context(), digest.String())
				switch {
				case attachErr != nil || deleteErr != nil:
					outcomes["one noticed"]++
				case store.IsNotFound(err):
					outcomes["deleted"]++
					require.False(t, isListed, "round %d: a deleted package is listed", round)
				default:
					require.NoError(t, err)
					outcomes["attached"]++
					require.True(t, isListed, "round %d: an existing package is not listed", round)
					v, err := verify.Package(t.Context(), newSession(), session.Location{Store: where.Store, Ref: digest.String()}, verify.Options{})
					require.NoError(t, err)
					require.True(t, v.OK, "round %d: an incomplete package without an error: %+v", round, v.Problems)
				}
			}
			t.Logf("%v", outcomes)
		})
	}
}
