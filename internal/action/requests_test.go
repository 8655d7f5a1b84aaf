package action

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// application pushes images and returns the plan of an application that uses them, with several
// services for each.
func application(t testing.TB, s *registrytest.Server, images, servicesPerImage int, spec registrytest.ImageSpec) plan {
	t.Helper()
	var file strings.Builder
	file.WriteString("services:\n")
	for i := range images {
		spec.Seed = uint64(i + 1)
		ref := fmt.Sprintf("%s/src%d/app:1", s.Host, i)
		registrytest.PushImage(t, ref, spec)
		for j := range servicesPerImage {
			fmt.Fprintf(&file, "  s%d-%d:\n    image: %s\n", i, j, ref)
		}
	}
	return plan{project: loadProject(t, file.String()), Options: artifact.Options{Mode: artifact.Bundled, Repository: appAt(t, s)}}
}

// appAt is the repository app of a registry.
func appAt(t testing.TB, s *registrytest.Server) name.Repository {
	t.Helper()
	repo, err := name.NewRepository(s.Host + "/app")
	require.NoError(t, err)
	return repo
}

// pushOnce pushes as one command does.
func pushOnce(t testing.TB, spec plan) made {
	t.Helper()
	return pushWith(t, spec, remote.DefaultJobs)
}

// pushWith pushes as one command with a number of jobs does.
func pushWith(t testing.TB, spec plan, jobs int) made {
	t.Helper()
	pushed, err := spec.push(t, session.New(remote.New(remote.WithJobs(jobs)), nil), publish.PushOptions{Tag: "1"})
	require.NoError(t, err)
	return pushed
}

var twelveManifests = registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 6}

func TestBundleRequests(t *testing.T) {
	for _, shape := range []struct {
		images, layers int
		platforms      []string
		first, again   int
	}{
		{6, 6, []string{"linux/amd64", "linux/arm64"}, 140, 8},
		{8, 4, []string{"linux/amd64", "linux/arm64", "linux/arm/v7"}, 209, 10},
	} {
		s := registrytest.Start(t)
		spec := application(t, s, shape.images, 1, registrytest.ImageSpec{Platforms: shape.platforms, Layers: shape.layers})
		s.Reset()
		first := pushOnce(t, spec)
		require.Len(t, s.Requests(), shape.first)

		s.Reset()
		again := pushOnce(t, spec)
		require.Len(t, s.Requests(), shape.again, "a ping, the images and the tag")
		require.Equal(t, first.Digest, again.Digest)
		for _, r := range s.Requests() {
			require.Contains(t, []string{"GET", "HEAD"}, r.Method, "a repeated push uploads nothing")
		}
	}
}

func TestRequestsDoNotGrowWithServices(t *testing.T) {
	s := registrytest.Start(t)
	count := func(services int) int {
		s.Reset()
		spec := application(t, s, 2, services, twelveManifests)
		spec.Repository = spec.Repository.Registry.Repo(fmt.Sprintf("app%d", services))
		s.Reset()
		pushOnce(t, spec)
		return len(s.Requests())
	}
	require.Equal(t, count(1), count(10))
}

// TestDryRunSendsNoRequestsToTheTarget: without a push, no request goes to the target.
func TestDryRunSendsNoRequestsToTheTarget(t *testing.T) {
	for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
		s, other := registrytest.Start(t), registrytest.Start(t)
		plan := application(t, s, 1, 1, registrytest.ImageSpec{})
		plan.Mode = mode
		plan.Repository = appAt(t, other)
		pushed := pushOnce(t, plan)
		other.Reset()
		dry, err := publish.Push(t.Context(), newSession(), store.NewDryRun(pushed.Digest.Context().Name()), plan.project, plan.Options, publish.PushOptions{Tag: "1"})
		require.NoError(t, err)
		require.Equal(t, pushed.Package.Digest(), dry.Package.Digest())
		require.Equal(t, artifact.ReferenceName(pushed.Digest), dry.Reference())
		require.Empty(t, other.Requests())
		other.Close()
		_, err = plan.push(t, newSession(), publish.PushOptions{Tag: "1"})
		require.ErrorContains(t, err, "requesting push access to "+other.Host+"/app: ")
	}
}
