package reliability

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestKilledBundleContinues kills a push at points chosen by a seed, like a power cut, and then
// continues it: no tag points at an incomplete package, and no blob that had arrived is sent
// again.
func TestKilledBundleContinues(t *testing.T) {
	t.Parallel()
	from := registrytest.Start(t)
	p := programtest.New(t)
	file := "services:\n"
	for i := range 4 {
		ref := fmt.Sprintf("%s/src/i%d:1", from.Host, i)
		registrytest.PushImage(t, ref, registrytest.ImageSpec{
			Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 3, LayerSize: 50 << 10, SharedLayers: 1, BaseSeed: 7, Seed: uint64(i + 1),
		})
		file += fmt.Sprintf("  s%d:\n    image: %s\n", i, ref)
	}
	p.Write("compose.yaml", file)
	whole := requestsOfWhole(t, p)
	points := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		after := 1 + points.IntN(whole-1)
		t.Run(fmt.Sprintf("%d after %d requests", round, after), func(t *testing.T) {
			to := registrytest.Start(t)
			to.Faults().Add(registrytest.Fault{Do: registrytest.Latency(2 * time.Millisecond)})
			killAfter(t, p, to, after)
			if r := p.Run("inspect", to.Host+"/shop:1"); r.Status == 0 {
				require.Zero(t, p.Run("verify", to.Host+"/shop:1").Status, "a tag points at an incomplete package")
			}
			r := p.Run("push", "--bundle", to.Host+"/shop:1")
			require.Zero(t, r.Status, r.Stderr)
			require.Zero(t, p.Run("verify", to.Host+"/shop:1").Status)
			arrived := map[string]int{}
			for _, req := range to.Requests() {
				if digest := req.Query.Get("digest"); req.Method == http.MethodPut && req.Status == http.StatusCreated && digest != "" && req.In > 10<<10 {
					arrived[digest]++
					require.Equal(t, 1, arrived[digest], "%s was sent again", digest)
				}
			}
			require.NotEmpty(t, arrived)
		})
	}
}

// TestKilledPullKeepsEveryFile kills a pull that replaces files, at points chosen by a seed:
// each name always has a complete file, the old one or the new one, and the next pull leaves no
// other files behind.
func TestKilledPullKeepsEveryFile(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	registrytest.PushImage(t, s.Host+"/web:1", registrytest.ImageSpec{})
	p := programtest.New(t)
	p.Write("compose.yaml", "services:\n  web:\n    image: "+s.Host+"/web:1\n    volumes: [\"./conf:/conf:ro\"]\n")
	const files = 100
	content := func(version, i int) string { return fmt.Sprintf("version %d of file %d", version, i) }
	for version := 1; version <= 2; version++ {
		for i := range files {
			p.Write(fmt.Sprintf("conf/%d", i), content(version, i))
		}
		p.OK("push", "--with-files", fmt.Sprintf("%s/app:%d", s.Host, version))
	}
	p.OK("pull", "-q", "-d", "device", s.Host+"/app:1")
	device := filepath.Join(p.Dir, "device")
	points := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		version := round%2 + 1
		cmd := exec.Command("ocompose", "pull", "-q", "--force", "-d", "device", fmt.Sprintf("%s/app:%d", s.Host, version))
		cmd.Dir, cmd.Env = p.Dir, tooltest.Environ(p.Home)
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(points.IntN(40)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		for i := range files {
			require.Contains(t, []string{content(1, i), content(2, i)}, p.Read(fmt.Sprintf("device/conf/%d", i)))
		}
	}
	p.OK("pull", "-q", "--force", "-d", "device", s.Host+"/app:1")
	entries, err := os.ReadDir(device)
	require.NoError(t, err)
	require.Len(t, entries, 4, "compose.yaml, compose.override.yaml, image-digests.yaml and conf: %v", entries)
}

// requestsOfWhole returns the number of requests of an uninterrupted push.
func requestsOfWhole(t *testing.T, p *programtest.Program) int {
	t.Helper()
	to := registrytest.Start(t)
	r := p.Run("push", "--bundle", to.Host+"/shop:1")
	require.Zero(t, r.Status, r.Stderr)
	return len(to.Requests())
}

// killAfter starts a push and kills it after a number of requests.
func killAfter(t *testing.T, p *programtest.Program, to *registrytest.Server, requests int) {
	t.Helper()
	cmd := exec.Command("ocompose", "push", "--bundle", to.Host+"/shop:1")
	cmd.Dir = p.Dir
	cmd.Env = tooltest.Environ(p.Home)
	require.NoError(t, cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return // it ended before the point at which to kill it
		case <-tick.C:
			if len(to.Requests()) >= requests {
				require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
				<-done
				return
			}
		}
	}
}
