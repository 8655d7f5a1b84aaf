package flags

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFileReferences: a Linux or Windows path is a path on every system, and a reference never
// is.
func TestFileReferences(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{
		"./shop.tar", "../shop.tar", "/shop.tar", `.\shop.tar`, `..\shop.tar`, `\shop.tar`, `\\host\share\shop.tar`, `C:\shop.tar`, "c:/shop.tar", "oci-archive:shop.tar",
	} {
		require.True(t, IsFileReference(arg), arg)
		require.True(t, IsLocal(arg), arg)
		require.True(t, LooksLikeFile(arg), arg)
		require.False(t, NamesRegistry(arg), arg)
	}
	for _, arg := range []string{
		"nginx", "c:1", "localhost:5000/app", "h:5000/app", "app:1", "team/app@sha256:0", "registry.example.com/app:1", ".hidden", "..", ".", "oci-layout:shop", "oci://host/app",
	} {
		require.False(t, IsFileReference(arg), arg)
	}
	for _, arg := range []string{"shop.tar", "shop.tar.gz", "app/shop.tgz", "compose.yaml"} {
		require.True(t, LooksLikeFile(arg), arg)
	}
	for _, arg := range []string{"localhost/app", "localhost:5000/app:1", "registry.example.com/app"} {
		require.True(t, NamesRegistry(arg), arg)
	}
	for _, arg := range []string{"app", "team/app", "out/shop.tar", "./out/shop.tar"} {
		require.False(t, NamesRegistry(arg), arg)
	}
}
