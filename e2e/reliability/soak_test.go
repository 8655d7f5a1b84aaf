//go:build unix

package reliability

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

const (
	// workersOfEach is the number of workers for each registry, each with a separate repository.
	workersOfEach = 2
	// commandTimeout is the --timeout of the commands.
	commandTimeout = 4 * time.Second
)

// TestSoak runs for the time in OCOMPOSE_SOAK, by default 10s, with the seed in
// OCOMPOSE_SOAK_SEED.
func TestSoak(t *testing.T) {
	duration := 10 * time.Second
	if text := os.Getenv("OCOMPOSE_SOAK"); text != "" {
		var err error
		duration, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	seed, err := strconv.ParseUint(os.Getenv("OCOMPOSE_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("OCOMPOSE_SOAK_SEED=%d", seed)

	var all []*worker
	var servers []*registrytest.Server
	for _, api := range []bool{true, false} {
		s := registrytest.Start(t, registry.WithReferrersAPI(api))
		spared := &excused{ids: map[string]bool{}}
		image := registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 3, LayerSize: 20_000, Seed: 1}
		registrytest.PushImage(t, s.Host+"/image:1", image)
		for range workersOfEach {
			name := fmt.Sprintf("app%d", len(all))
			image.Seed++
			registrytest.PushImage(t, s.Host+"/"+name+":"+subjectTag, image)
			all = append(all, &worker{
				t: t, server: s, excused: spared, name: name, repo: s.Host + "/" + name, image: s.Host + "/image:1",
				dir: t.TempDir(), home: t.TempDir(), random: rand.New(rand.NewPCG(seed, uint64(len(all)))),
				tags: map[string]made{}, attached: map[string]bool{}, left: map[string]bool{},
			})
		}
		s.Faults().Add(faults(spared)...)
		servers = append(servers, s)
	}

	end := time.Now().Add(duration)
	var group sync.WaitGroup
	for _, w := range all {
		group.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				w.change()
				w.server.Reset() // or it would keep every request in memory
			}
		})
	}
	group.Wait()
	for _, s := range servers {
		s.Faults().Clear()
	}
	for _, w := range all {
		w.check()
		t.Logf("%s: %d changes, %d attempts killed, %d failed and retried; %d tags, %d attached; %d uploads open, %d of them from killed attempts, the others excused",
			w.repo, w.changes, w.killed, w.failed, len(w.tags), len(w.attached), len(w.server.Uploads(w.name)), len(w.left))
	}
}
