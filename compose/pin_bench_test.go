package compose

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyServices is a file of n services with anchors, merge keys, hooks and mounts.
func manyServices(n int) string {
	var b strings.Builder
	b.WriteString("x-base: &base\n  restart: always\n  environment: {A: \"1\", B: $B}\nservices:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n    <<: *base\n    image: ${REG:-r}/image-%d:1\n    ports: [\"%d:80\"]\n", i, i, 1000+i)
		fmt.Fprintf(&b, "    volumes:\n      - {type: image, source: data-%d, target: /data}\n      - vol:/v\n", i)
		fmt.Fprintf(&b, "    pre_start:\n      - {image: init-%d, command: [a, b]}\n", i)
	}
	b.WriteString("volumes:\n  vol: {}\n")
	return b.String()
}

func BenchmarkPin(b *testing.B) {
	for _, n := range []int{10, 60, 200} {
		p := loadProject(b, writeProject(b, "compose.yaml", manyServices(n)), nil)
		for _, inPlace := range []bool{false, true} {
			b.Run(fmt.Sprintf("services=%d/inplace=%t", n, inPlace), func(b *testing.B) {
				pins := pinAll(p, inPlace)
				for b.Loop() {
					_, err := p.Pin(context.Background(), pins)
					require.NoError(b, err)
				}
			})
		}
	}
}
