// Package compare compares the speed of ocompose with that of similar programs: the same images
// and registries, in one run.
package compare

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// enabled is the variable that enables the comparison, which takes a minute and is meaningless on
// a busy machine.
const enabled = "OCOMPOSE_COMPARE"

// latency is the latency of a request to a registry that is not on the same machine.
const latency = 20 * time.Millisecond

// A job is a set of images to copy to a repository.
type job struct {
	images []string // references at the source
	to     string   // REGISTRY/REPOSITORY
	dir    string   // a folder with a compose.yaml that uses the images
}

// TestCompare prints the cost of the same job for each program.
func TestCompare(t *testing.T) {
	if os.Getenv(enabled) == "" {
		t.Skip("slow, and meaningless on a busy machine; run it with make compare (" + enabled + "=1)")
	}
	programs := programs(t)
	everywhere := slices.DeleteFunc(slices.Clone(programs), func(p program) bool { return p.within })
	t.Run("one registry, 6 images x 2 platforms x 6 layers, 20 ms per request", func(t *testing.T) {
		s := registrytest.Start(t)
		j := makeJob(t, s, 6, registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 6})
		slow(s, latency)
		compare(t, programs, j, s, func() *registrytest.Server { return s })
	})
	for _, each := range []time.Duration{0, latency} {
		t.Run(fmt.Sprintf("two registries, 192 MiB in 6 layers, %v per request", each), func(t *testing.T) {
			from := registrytest.Start(t)
			j := makeJob(t, from, 1, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 6, LayerSize: 32 << 20})
			pump := pump(t, from)
			slow(from, each)
			compare(t, append(slices.Clone(everywhere), pump), j, from, another(t, each))
		})
	}
	size := number(t, fileSize, 192)
	t.Run(fmt.Sprintf("a file of %d MiB in 6 layers", size), func(t *testing.T) { compareFiles(t, filers(t), int64(size)<<20/6) })
	t.Run("two registries, 1920 MiB in 6 layers: memory", func(t *testing.T) {
		from := registrytest.Start(t)
		j := makeJob(t, from, 1, registrytest.ImageSpec{Platforms: []string{"linux/amd64"}, Layers: 6, LayerSize: 320 << 20})
		compare(t, slices.DeleteFunc(everywhere, func(p program) bool { return !strings.HasPrefix(p.name, "ocompose") }), j, from, another(t, 0))
	})
}

// slow delays every response of a registry.
func slow(s *registrytest.Server, each time.Duration) {
	if each > 0 {
		s.Faults().Add(registrytest.Fault{Do: registrytest.Latency(each)})
	}
}

// another returns a registry for each program, so that no program finds the content of another.
// It delays each response as slow does.
func another(t *testing.T, each time.Duration) func() *registrytest.Server {
	var last *registrytest.Server
	return func() *registrytest.Server {
		if last != nil {
			last.Close()
		}
		last = registrytest.Start(t)
		slow(last, each)
		return last
	}
}

// makeJob pushes images to a registry.
func makeJob(t *testing.T, s *registrytest.Server, images int, spec registrytest.ImageSpec) job {
	t.Helper()
	j := job{dir: t.TempDir()}
	file := "services:\n"
	for i := range images {
		ref := fmt.Sprintf("%s/src%d/image:1", s.Host, i)
		spec.Seed = uint64(i + 1)
		registrytest.PushImage(t, ref, spec)
		j.images = append(j.images, ref)
		file += fmt.Sprintf("  s%d:\n    image: %s\n", i, ref)
	}
	require.NoError(t, os.WriteFile(filepath.Join(j.dir, "compose.yaml"), []byte(file), 0o644))
	return j
}

// measured is the cost of one run.
type measured struct {
	requests int
	moved    int64 // bytes sent to the target
	took     time.Duration
	memory   int64 // of the largest process, in bytes
	// processor is the processor time of the program's processes on all cores, without that of
	// the registries.
	processor time.Duration
}

// rounds is the default number of rounds. Each round runs all programs in a random order, so that
// other load on the machine affects all of them.
const rounds = 11

// Variables of the job: the size of a file in MiB, the number of rounds, and the path of another
// build of this program, such as that of an earlier commit.
const (
	fileSize   = "OCOMPOSE_COMPARE_FILE"
	roundCount = "OCOMPOSE_COMPARE_ROUNDS"
	otherBuild = "OCOMPOSE_COMPARE_WITH"
)

// number returns the value of a variable, or unset if it is not set.
func number(t *testing.T, variable string, unset int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return unset
	}
	n, err := strconv.Atoi(value)
	require.NoError(t, err, variable)
	require.Positive(t, n, variable)
	return n
}

// compare runs every program twice per round, the second time with nothing left to do, and prints
// a table of the medians.
func compare(t *testing.T, programs []program, j job, from *registrytest.Server, target func() *registrytest.Server) {
	t.Helper()
	first := make([][]measured, len(programs))
	again := make([][]measured, len(programs))
	for round := range number(t, roundCount, rounds) {
		for _, i := range rand.Perm(len(programs)) {
			p := programs[i]
			to := target()
			// The registries are part of this process: the heap of the previous run must not
			// affect the growth of their memory in this one.
			debug.FreeOSMemory()
			j.to = fmt.Sprintf("%s/target%d-%d", to.Host, round, i)
			first[i] = append(first[i], measure(t, p, j, from, to))
			again[i] = append(again[i], measure(t, p, j, from, to))
		}
	}
	fastest := time.Duration(math.MaxInt64)
	for i := range programs {
		fastest = min(fastest, median(first[i]).took)
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "program\trequests\ttime\ttimes the fastest\tprocessor\tMiB moved\tpeak MiB\trequests again\ttime again\t")
	for i, p := range programs {
		f, a := median(first[i]), median(again[i])
		fmt.Fprintf(w, "%s\t%d\t%d ms\t%.2f\t%d ms\t%d\t%d\t%d\t%d ms\t\n", p.name, f.requests, f.took.Milliseconds(),
			float64(f.took)/float64(fastest), f.processor.Milliseconds(), f.moved>>20, f.memory>>20, a.requests, a.took.Milliseconds())
	}
	require.NoError(t, w.Flush())
	fmt.Printf("\n%s\n%s\n", t.Name(), b.String())
}

// median returns the run with the median time.
func median(runs []measured) measured {
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b measured) int { return cmp.Compare(a.took, b.took) })
	return runs[len(runs)/2]
}

// measure runs a program once.
func measure(t *testing.T, p program, j job, from, to *registrytest.Server) measured {
	t.Helper()
	from.Reset()
	to.Reset()
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var running []*exec.Cmd
	var outputs []*bytes.Buffer
	var reports []string
	var m measured
	start := time.Now()
	wait := func() {
		for i, c := range running {
			require.NoError(t, c.Wait(), "%s: %s", c, outputs[i])
		}
		running, outputs = nil, nil
	}
	for i, args := range p.run(j) {
		report := filepath.Join(home, fmt.Sprint("memory", i))
		reports = append(reports, report)
		c := meter(ctx, report, args)
		c.Env = append(append(c.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "DOCKER_CONFIG="+home), p.env...)
		out := &bytes.Buffer{}
		c.Stdout, c.Stderr = out, out
		require.NoError(t, c.Start())
		running, outputs = append(running, c), append(outputs, out)
		if !p.parallel {
			wait()
		}
	}
	wait()
	m.took = time.Since(start)
	for _, report := range reports {
		u := readMeter(t, report)
		m.memory = max(m.memory, u.Memory)
		m.processor += u.Processor
	}
	m.requests = len(to.Requests())
	if from != to {
		m.requests += len(from.Requests())
	}
	m.moved, _ = to.Bytes()
	return m
}
