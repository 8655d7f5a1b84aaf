package dockercompose

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestLockAndDockerCompose: Docker Compose runs the output of lock, and push --locked accepts the
// output of Docker Compose.
func TestLockAndDockerCompose(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t) // Docker Compose uses it to find digests
	c.Env = append(c.Env, engine.Env())
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	file := filepath.Join(p.Dir, "compose.yaml")
	p.Write("ours.yaml", p.OK("lock")+"\n")
	p.Write("theirs.yaml", string(c.Output("-f", file, "--profile", "*", "config", "--lock-image-digests")))
	for _, name := range []string{"ours.yaml", "theirs.yaml"} {
		images := c.Images("-f", file, "-f", filepath.Join(p.Dir, name))
		require.Len(t, images, 3)
		for _, image := range images {
			require.Contains(t, image, "@sha256:")
		}
	}
	made := p.OK("push", host+"/team/shop:1")
	require.Equal(t, made, p.OK("push", "--locked", "ours.yaml", host+"/team/shop:2"))
	require.Equal(t, made, p.OK("push", "--locked", "theirs.yaml", host+"/team/shop:3"))
}
