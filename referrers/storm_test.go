package referrers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/referrers"
)

const (
	// roundsEnv is the number of rounds on each registry.
	roundsEnv = "OCOMPOSE_STORM_ROUNDS"
	// stormEnv makes the test binary one process of the storm. It has the subject's reference and
	// size: "HOST/REPO@DIGEST SIZE LABEL".
	stormEnv = "OCOMPOSE_STORM_PROCESS"

	stormProcesses = 32
)

func TestMain(m *testing.M) {
	if job := os.Getenv(stormEnv); job != "" {
		if err := stormProcess(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// stormProcess attaches one manifest, like a separate program, when its standard input ends.
func stormProcess(job string) error {
	var reference, label string
	var size int64
	if _, err := fmt.Sscan(job, &reference, &size, &label); err != nil {
		return fmt.Errorf("reading %s: %w", stormEnv, err)
	}
	subject, err := name.NewDigest(reference)
	if err != nil {
		return err
	}
	hash, err := v1.NewHash(subject.DigestStr())
	if err != nil {
		return err
	}
	raw := artifactOf(discardTB{}, v1.Descriptor{MediaType: types.OCIImageIndex, Digest: hash, Size: size}, typeA, label)
	c := referrers.New(referrers.WithKeychain(noCredentials))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	_, err = c.Push(context.Background(), subject.Repository, types.OCIManifestSchema1, raw)
	return err
}

// discardTB allows a test helper to run outside of a test.
type discardTB struct{ testing.TB }

func (discardTB) Helper()                      {}
func (discardTB) Errorf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }
func (discardTB) FailNow()                     { panic("failed") }

// stormRounds is the number of rounds to run: roundsEnv, or one.
func stormRounds(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv(roundsEnv)); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	return 1
}

// TestAttachStorm has many processes attach to one subject at the same time, on registries
// without the referrers API. All must be listed.
func TestAttachStorm(t *testing.T) {
	rounds := stormRounds(t)
	for _, r := range []struct {
		name  string
		start func(testing.TB) string
	}{
		{"embedded", func(t testing.TB) string { return registrytest.Start(t, registry.WithReferrersAPI(false)).Host }},
		{"embedded with conditions", func(t testing.TB) string {
			return registrytest.Start(t, registry.WithReferrersAPI(false), registry.WithConditionalRequests(true)).Host
		}},
		{"distribution 3", func(t testing.TB) string { return realtest.Distribution(t) }},
		{"docker-registry 2.8", func(t testing.TB) string { return realtest.DockerRegistry(t) }},
	} {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s, latency %v", r.name, latency), func(t *testing.T) {
				host := slow(t, r.start(t), latency)
				for round := range rounds {
					took, listed := storm(t, host, fmt.Sprintf("storm/round%d", round))
					t.Logf("round %d: %d of %d listed after %v", round, listed, stormProcesses, took.Round(time.Millisecond))
					require.Equal(t, stormProcesses, listed, "referrers listed in round %d", round)
				}
			})
		}
	}
}

// slow returns the address of a proxy that delays each request.
func slow(t testing.TB, host string, latency time.Duration) string {
	if latency == 0 {
		return host
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: host})
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 256}
	proxy.ErrorLog = log.New(io.Discard, "", 0) // a process that ends cuts its requests
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		time.Sleep(latency)
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func storm(t *testing.T, host, repository string) (time.Duration, int) {
	c, d := newClient(t)
	f := newFixture(t, d, host, repository)
	program, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	type process struct {
		cmd   *exec.Cmd
		stdin io.Closer
		out   *bytes.Buffer
	}
	var processes []process
	for i := range stormProcesses {
		cmd := exec.CommandContext(ctx, program)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d process%02d", stormEnv, f.subject.Name(), f.desc.Size, i))
		p := process{cmd: cmd, out: new(bytes.Buffer)}
		cmd.Stdout, cmd.Stderr = p.out, p.out
		p.stdin, err = cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		processes = append(processes, p)
	}
	start := time.Now()
	for _, p := range processes {
		require.NoError(t, p.stdin.Close())
	}
	var failed error
	for _, p := range processes {
		if err := p.cmd.Wait(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%w: %s", err, p.out))
		}
	}
	require.NoError(t, failed)
	took := time.Since(start)

	listed, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(listed, func(a, b v1.Descriptor) int { return strings.Compare(a.Digest.String(), b.Digest.String()) }))
	return took, len(listed)
}
