package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestOnlyImagesChange: a diff of the Compose file before and after bundling has only the image
// values: comments, quotes, anchors, order and line endings stay.
func TestOnlyImagesChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, ends string }{{"unix", "\n"}, {"windows", "\r\n"}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			host := registrytest.Start(t).Host
			p := programtest.New(t)
			p.WriteShop(host)
			before := strings.ReplaceAll(p.Read("compose.yaml"), "\n", test.ends)
			p.Write("compose.yaml", before)
			p.OK("push", "--bundle", host+"/apps/shop:1")
			p.OK("pull", "--platform", "linux/s390x", "-d", "out", host+"/apps/shop:1")

			pin := func(image string) string { return host + "/apps/shop@" + registrytest.Digest(t, host+"/images/"+image) }
			want := strings.NewReplacer(
				"&cache-image "+host+"/images/cache:7", "&cache-image "+pin("cache:7"),
				"image: ${WEB_IMAGE:-"+host+"/images/web:1}", "image: "+pin("web:1"),
				`    image: "`+host+`/images/db:17"`, `    image: "`+pin("db:17")+`"`,
				"{image: '"+host+"/images/web:1'", "{image: '"+pin("web:1")+"'",
			).Replace(before)
			require.Equal(t, want, p.Read("out/compose.yaml"))
			require.Equal(t, 4, different(t, before, p.Read("out/compose.yaml")))
		})
	}
}

// different counts the lines that differ.
func different(t testing.TB, a, b string) int {
	t.Helper()
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	require.Len(t, right, len(left))
	n := 0
	for i := range left {
		if left[i] != right[i] {
			n++
		}
	}
	return n
}
