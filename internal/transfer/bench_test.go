package transfer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

// BenchmarkCopy copies images of many shapes with latency on each request. Besides the time, it
// reports for one copy of all images:
//
//	requests    number of requests to the registries
//	wall/rtt    time in units of the latency: the length of the longest
//	            path, if jobs are not the limit
//	sent        blob bytes written to the target
//
// The first copy is to an empty repository, the repeated one to a repository that has everything.
func BenchmarkCopy(b *testing.B) {
	shapes := []struct {
		images int
		shape  shape
	}{
		{1, shape{platforms: 1, layers: 6}},
		{6, shape{platforms: 2, layers: 6}},
		{6, shape{platforms: 2, layers: 6, shared: 4}},
		{6, shape{platforms: 2, layers: 12}},
		{6, shape{platforms: 4, layers: 6}},
		{12, shape{platforms: 2, layers: 6}},
	}
	for _, where := range []string{"within", "between"} {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
			for _, sh := range shapes {
				for _, jobs := range []int{4, 8, remote.DefaultJobs, 32, 64} {
					if latency == 0 && jobs != remote.DefaultJobs || jobs != remote.DefaultJobs && sh.images != 6 {
						continue
					}
					n := fmt.Sprintf("%s/rtt=%s/images=%d/platforms=%d/layers=%d/shared=%d/jobs=%d",
						where, latency, sh.images, sh.shape.platforms, sh.shape.layers, sh.shape.shared, jobs)
					b.Run(n, func(b *testing.B) { benchmarkCopy(b, where == "between", latency, sh.images, sh.shape, jobs) })
				}
			}
		}
	}
}

func benchmarkCopy(b *testing.B, between bool, latency time.Duration, n int, sh shape, jobs int) {
	src := registrytest.Start(b)
	dst := src
	if between {
		dst = registrytest.Start(b)
	}
	sh.size = 4 << 10
	list := images(b, src, n, sh)
	if latency > 0 {
		src.Faults().Add(registrytest.Fault{Do: registrytest.Latency(latency)})
		if between {
			dst.Faults().Add(registrytest.Fault{Do: registrytest.Latency(latency)})
		}
	}
	requestsNow := func() int {
		if !between {
			return len(src.Requests())
		}
		return len(src.Requests()) + len(dst.Requests())
	}
	round := func(name string, target func(i int) name.Repository) {
		b.Run(name, func(b *testing.B) {
			var requests, i int
			var sent int64
			for b.Loop() {
				b.StopTimer()
				to := target(i)
				i++
				src.Reset()
				dst.Reset()
				b.StartTimer()
				require.NoError(b, copyAll(newCopier(newClient(remote.WithJobs(jobs))), list, to))
				b.StopTimer()
				requests += requestsNow()
				for _, r := range dst.Requests() {
					if r.Method == http.MethodPut {
						sent += r.In
					}
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(requests)/float64(i), "requests")
			b.ReportMetric(float64(sent)/float64(i), "sent")
			if latency > 0 {
				b.ReportMetric(b.Elapsed().Seconds()/float64(i)/latency.Seconds(), "wall/rtt")
			}
		})
	}
	round("first", func(i int) name.Repository {
		return repository(b, fmt.Sprintf("%s/team/first%d-%d", dst.Host, time.Now().UnixNano(), i))
	})
	again := repository(b, dst.Host+"/team/repeat")
	require.NoError(b, copyAll(newCopier(newClient()), list, again))
	round("repeat", func(int) name.Repository { return again })
}

// BenchmarkBytes moves 192 MiB in 6 layers between two registries, as files, and compares it with
// a pump that only streams the same blobs, without verification, checks or resumption. The peak
// is of the live heap, which includes both registries.
func BenchmarkBytes(b *testing.B) {
	src, dst := registrytest.Start(b, registry.WithDir(b.TempDir())), registrytest.Start(b, registry.WithDir(b.TempDir()))
	st := storeIn(b, src, "src/image")
	const layers, size = 6, 32 << 20
	root := st.image("bytes", shape{platforms: 1, layers: layers, size: size})
	m, err := reader().GetManifest(context.Background(), st.repo.Digest(root.Digest.String()))
	require.NoError(b, err)
	p, err := graph.Of(m)
	require.NoError(b, err)

	remove := func(to name.Repository) {
		for _, d := range p.Blobs {
			storeIn(b, dst, to.RepositoryStr()).send(http.MethodDelete, "/v2/"+to.RepositoryStr()+"/blobs/"+d.Digest.String(), "", nil)
		}
	}
	timed := func(kind string, i int, run func(to name.Repository) error) time.Duration {
		to := repository(b, fmt.Sprintf("%s/%s/app%d", dst.Host, kind, i))
		// The heap of the previous run must not affect the growth of the registry's memory in
		// this one.
		debug.FreeOSMemory()
		start := time.Now()
		require.NoError(b, run(to))
		took := time.Since(start)
		remove(to)
		return took
	}
	b.SetBytes(2 * layers * size)
	stop := peak()
	var copied, pumped time.Duration
	i := 0
	runs := []func(){
		func() {
			pumped += timed("pump", i, func(to name.Repository) error { return pump(st.repo, p.Blobs, to) })
		},
		func() {
			copied += timed("copy", i, func(to name.Repository) error {
				return newCopier(newClient()).Copy(context.Background(), st.repo, root, to)
			})
		},
	}
	for b.Loop() { // in turns, so that both run under the same conditions
		runs[i%2]()
		runs[(i+1)%2]()
		i++
	}
	b.ReportMetric(float64(stop())/(1<<20), "peak-MiB")
	b.ReportMetric(copied.Seconds()/pumped.Seconds(), "copy/pump")
}

// pump streams blobs concurrently, and does nothing else.
func pump(from name.Repository, blobs []v1.Descriptor, to name.Repository) error {
	base := func(r name.Repository) string {
		return "http://" + r.RegistryStr() + "/v2/" + r.RepositoryStr() + "/blobs/"
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(blobs))
	for _, d := range blobs {
		wg.Go(func() { errs <- pumpOne(base(from)+d.Digest.String(), base(to), d) })
	}
	wg.Wait()
	for range blobs {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func pumpOne(source, target string, d v1.Descriptor) error {
	get, err := http.Get(source)
	if err != nil {
		return err
	}
	defer func() { _ = get.Body.Close() }()
	post, err := http.Post(target+"uploads/", "", nil)
	if err != nil {
		return err
	}
	_ = post.Body.Close()
	u, err := post.Location()
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("digest", d.Digest.String())
	u.RawQuery = q.Encode()
	req, err := http.NewRequest(http.MethodPut, u.String(), get.Body)
	if err != nil {
		return err
	}
	req.ContentLength = d.Size
	put, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, put.Body)
	_ = put.Body.Close()
	if put.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s", put.Status)
	}
	return nil
}
