package referrers_test

import (
	"fmt"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// populated returns a subject with n referrers.
func populated(t testing.TB, n int, api bool) (*registrytest.Server, fixture) {
	t.Helper()
	s := registrytest.Start(t, registry.WithReferrersAPI(api))
	_, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	var entries []v1.Descriptor
	for i := range n {
		entries = append(entries, s.PushReferrer(t, "app", f.desc, typeA, map[string]string{"org.example.label": label(i)}))
	}
	if !api && n > 0 {
		raw := mustJSON(t, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: entries})
		f.setTag(t, raw)
	}
	return s, f
}

// BenchmarkAttach reports the cost of one more referrer as their number grows: requests, and
// bytes in both directions.
func BenchmarkAttach(b *testing.B) {
	for _, api := range []bool{true, false} {
		way := map[bool]string{true: "API", false: "tag schema"}[api]
		for _, n := range []int{1, 10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/existing=%d", way, n), func(b *testing.B) {
				s, f := populated(b, n, api)
				s.Reset()
				for i := 0; b.Loop(); i++ {
					c, _ := newClient(b) // every attach is a separate process
					push(b, c, f, "attached "+label(i))
				}
				in, out := s.Bytes()
				b.ReportMetric(float64(len(s.Requests()))/float64(b.N), "requests/op")
				b.ReportMetric(float64(in+out)/float64(b.N), "bytes/op")
			})
		}
	}
}

// The number of requests of an attach does not depend on the number of referrers: one to probe
// the registry, one for the manifest and one to check the list. Without the API: reading the tag,
// writing it and checking it.
func TestRequestsDoNotGrowWithReferrers(t *testing.T) {
	for _, api := range []bool{true, false} {
		requests := map[int]int{}
		for _, n := range []int{1, 100} {
			s, f := populated(t, n, api)
			s.Reset()
			c, _ := newClient(t)
			push(t, c, f, "one more")
			requests[n] = len(s.Requests())
		}
		want := map[bool]int{true: 3, false: 6}[api]
		require.Equal(t, map[int]int{1: want, 100: want}, requests, "API: %v", api)
	}
}
