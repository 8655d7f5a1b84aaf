//go:build unix

package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ocompose": func() { os.Exit(commands.RunProcess()) }})
}

// workers is how many change repositories at a time, each its own.
const workers = 4

// faults are what befalls every so many requests.
func faults() []registrytest.Fault {
	return []registrytest.Fault{
		{Every: 17, Do: registrytest.Status(http.StatusServiceUnavailable)},
		{Every: 23, Do: registrytest.CutBefore()},
		{Every: 29, Do: registrytest.CutAfter()},
		{Every: 31, Do: registrytest.TooManyRequests(0)},
		{Every: 37, Do: registrytest.CutAnswer(50)},
		{Every: 41, Do: registrytest.Latency(100 * time.Millisecond)},
	}
}

// TestSoak runs for OCOMPOSE_SOAK (10s without it), with the seed OCOMPOSE_SOAK_SEED.
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

	s := registrytest.Start(t)
	registrytest.PushImage(t, s.Host+"/image:1", registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 3, LayerSize: 20_000, Seed: 1})
	s.Faults().Add(faults()...)
	end := time.Now().Add(duration)
	all := make([]*worker, workers)
	var group sync.WaitGroup
	for i := range all {
		w := &worker{
			t: t, repo: fmt.Sprintf("%s/app%d", s.Host, i), image: s.Host + "/image:1", dir: t.TempDir(), home: t.TempDir(),
			random: rand.New(rand.NewPCG(seed, uint64(i))), tags: map[string]int{},
		}
		all[i] = w
		group.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				w.change()
			}
		})
	}
	group.Wait()
	s.Faults().Clear()
	for _, w := range all {
		w.check()
		t.Logf("%s: %d changes, %d killed, %d failed and done again", w.repo, w.changes, w.killed, w.failed)
	}
}

// worker changes one repository.
type worker struct {
	t              *testing.T
	repo, image    string
	dir, home      string
	random         *rand.Rand
	version        int
	tags           map[string]int // the version that each tag stands for
	changes        int
	killed, failed int
}

// change makes one change, and again until it is done.
func (w *worker) change() {
	tag := fmt.Sprintf("t%d", w.random.IntN(4))
	_, there := w.tags[tag]
	w.changes++
	switch n := w.random.IntN(10); {
	case n < 2 && there:
		w.until([]int{0, 3}, "delete", w.repo+":"+tag)
		delete(w.tags, tag)
	case n < 4 && there:
		to := fmt.Sprintf("t%d", w.random.IntN(4))
		w.until([]int{0}, "copy", w.repo+":"+tag, w.repo+":"+to)
		w.tags[to] = w.tags[tag]
	default:
		w.version++
		text := fmt.Sprintf("services:\n  web: {image: '%s'}\nx-version: %d\n", w.image, w.version)
		if err := os.WriteFile(filepath.Join(w.dir, "compose.yaml"), []byte(text), 0o600); err != nil {
			w.t.Error(err)
			return
		}
		args := []string{"push", w.repo + ":" + tag}
		if w.random.IntN(2) == 0 {
			args = []string{"push", "--bundle", w.repo + ":" + tag}
		}
		w.until([]int{0}, args...)
		w.tags[tag] = w.version
	}
}

// until runs a command until its status is one of those, and kills some attempts.
func (w *worker) until(statuses []int, args ...string) {
	for attempt := range 10 {
		var life time.Duration
		if attempt < 3 && w.random.IntN(3) == 0 {
			life = time.Duration(1+w.random.IntN(400)) * time.Millisecond
		}
		status, output := w.run(life, args...)
		switch {
		case slices.Contains(statuses, status):
			return
		case status < 0:
			w.killed++
		case attempt == 9:
			w.t.Errorf("%s: status %d: %s", strings.Join(args, " "), status, output)
		default:
			w.failed++
		}
	}
}

// run runs the program, for so long at most; its status is negative if it was killed.
func (w *worker) run(life time.Duration, args ...string) (int, string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if life > 0 {
		ctx, cancel = context.WithTimeout(ctx, life)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, "ocompose", args...)
	cmd.Dir, cmd.Env = w.dir, tooltest.Environ(w.home)
	output, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(output)
}

// check verifies that what should be there is, and nothing else.
func (w *worker) check() {
	res, err := http.Get("http://" + strings.Replace(w.repo, "/", "/v2/", 1) + "/tags/list")
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	var listed struct{ Tags []string }
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&listed))
	want := []string{}
	for tag, version := range w.tags {
		want = append(want, tag)
		status, output := w.run(0, "verify", "--deep", w.repo+":"+tag)
		require.Zero(w.t, status, output)
		out := filepath.Join(w.t.TempDir(), "out")
		status, output = w.run(0, "pull", "--platform", "linux/amd64", "-d", out, w.repo+":"+tag)
		require.Zero(w.t, status, output)
		content, err := os.ReadFile(filepath.Join(out, "compose.yaml"))
		require.NoError(w.t, err)
		require.Contains(w.t, string(content), fmt.Sprintf("x-version: %d\n", version), tag)
	}
	require.ElementsMatch(w.t, want, listed.Tags)
}
