package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainServices is a file of n services with anchors and merge keys.
func plainServices(n int) string {
	var b strings.Builder
	b.WriteString("x-base: &base\n  restart: always\n  environment: {A: \"1\", B: $B}\nservices:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n    <<: *base\n    image: ${REG:-r}/image-%d:1\n    ports: [\"%d:80\"]\n    volumes: [vol:/v]\n", i, i, 1000+i)
		fmt.Fprintf(&b, "    labels: {a: b, c: \"${C:-d}\"}\n    healthcheck: {test: [CMD, \"true\"], interval: 5s}\n")
	}
	b.WriteString("volumes:\n  vol: {}\n")
	return b.String()
}

// listServices is a file of n services with hooks and image volumes.
func listServices(n int) string {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n    image: image-%d:1\n", i, i)
		fmt.Fprintf(&b, "    volumes:\n      - {type: image, source: data-%d, target: /data}\n      - vol:/v\n", i)
		fmt.Fprintf(&b, "    pre_start:\n      - {image: init-%d, command: [a, $B]}\n", i)
	}
	b.WriteString("volumes:\n  vol: {}\n")
	return b.String()
}

// BenchmarkLoadAndPin loads a project and pins it for four platforms. The time per service does
// not grow with their number, except for hooks repeated in a pins file: for each !override in it,
// the Compose loader walks the whole project.
func BenchmarkLoadAndPin(b *testing.B) {
	for kind, content := range map[string]func(int) string{"plain": plainServices, "lists": listServices} {
		for _, inPlace := range []bool{false, true} {
			for _, n := range []int{50, 100, 200, 400} {
				b.Run(fmt.Sprintf("%s/inplace=%t/services=%d", kind, inPlace, n), func(b *testing.B) {
					dir := writeProject(b, "compose.yaml", content(n))
					b.ReportAllocs()
					for b.Loop() {
						p, err := Load(b.Context(), Options{WorkDir: dir})
						require.NoError(b, err)
						pinner, err := p.Pinner(b.Context())
						require.NoError(b, err)
						for _, pins := range platforms(p, 4, inPlace) {
							_, err := pinner.Pin(b.Context(), pins)
							require.NoError(b, err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/service")
				})
			}
		}
	}
}
