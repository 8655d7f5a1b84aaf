package action

import (
	"fmt"
	"testing"
	"time"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// BenchmarkBundle measures a push --bundle of an application whose images are in the same
// registry, and its repetition. It reports requests, and the time as a multiple of the round-trip
// time: the number of round trips in the longest chain of requests, if nothing else takes time.
func BenchmarkBundle(b *testing.B) {
	const trip = 20 * time.Millisecond
	for _, shape := range []struct{ images, services, platforms, layers, shared int }{
		{1, 1, 1, 6, 0},
		{6, 1, 2, 6, 0},
		{12, 1, 2, 6, 0},
		{6, 1, 2, 12, 0},
		{6, 10, 2, 6, 0},
		{6, 1, 2, 6, 4},
	} {
		for _, jobs := range []int{16, 32} {
			name := fmt.Sprintf("images=%d/services=%d/platforms=%d/layers=%d/shared=%d/jobs=%d",
				shape.images, shape.services, shape.platforms, shape.layers, shape.shared, jobs)
			b.Run(name, func(b *testing.B) {
				s := registrytest.Start(b)
				spec := application(b, s, shape.images, shape.services, registrytest.ImageSpec{
					Platforms: []string{"linux/amd64", "linux/arm64"}[:shape.platforms], Layers: shape.layers, SharedLayers: shape.shared, BaseSeed: 99,
				})
				s.Faults().Add(registrytest.Fault{Do: registrytest.Latency(trip)})
				var first, again int
				var took, tookAgain time.Duration
				for i := 0; b.Loop(); i++ {
					spec.Repository = spec.Repository.Registry.Repo(fmt.Sprintf("app%d", i))
					s.Reset()
					start := time.Now()
					pushWith(b, spec, jobs)
					took += time.Since(start)
					first += len(s.Requests())
					s.Reset()
					start = time.Now()
					pushWith(b, spec, jobs)
					tookAgain += time.Since(start)
					again += len(s.Requests())
				}
				b.ReportMetric(float64(first)/float64(b.N), "requests")
				b.ReportMetric(float64(again)/float64(b.N), "requests-repeated")
				b.ReportMetric(float64(took)/float64(b.N)/float64(trip), "trips")
				b.ReportMetric(float64(tookAgain)/float64(b.N)/float64(trip), "trips-repeated")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
