package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// registries are the kinds that tests run against; start gives the address of one.
var registries = []struct {
	name  string
	start func(testing.TB) string
}{
	{"embedded", func(t testing.TB) string { return registrytest.Start(t).Host }},
	{"embedded without referrers API", func(t testing.TB) string {
		return registrytest.Start(t, registry.WithReferrersAPI(false)).Host
	}},
	{"distribution 3", func(t testing.TB) string { return realtest.Distribution(t) }},
	{"docker-registry 2.8", func(t testing.TB) string { return realtest.DockerRegistry(t) }},
}

// stored is a real registry whose folder is known, so that it can be cleaned up.
type stored struct {
	host, dir, program string
}

func startStored(t testing.TB, program string, start func(testing.TB, ...realtest.Option) string) stored {
	dir := t.TempDir()
	return stored{host: start(t, realtest.WithDir(dir)), dir: dir, program: tooltest.Lookup(t, program)}
}

// collectGarbage takes what no tag reaches, as those who run registries do to
// get their disks back.
func (s stored) collectGarbage(t testing.TB) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.yml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %q\n", s.dir), 0o600))
	p := newProgram(t)
	p.env = []string{"OTEL_TRACES_EXPORTER=none"}
	p.done(s.program, "garbage-collect", "--delete-untagged=true", config)
}

// parse reads a reference to a registry on this machine.
func parse(t testing.TB, ref string) name.Reference {
	t.Helper()
	parsed, err := name.ParseReference(ref, name.Insecure)
	require.NoError(t, err)
	return parsed
}

// fetch reads everything that a reference reaches from its repository alone:
// manifests, configs and layers, each verified. It returns how many there are.
func fetch(t testing.TB, ref string) int {
	t.Helper()
	n, err := reach(parse(t, ref))
	require.NoError(t, err)
	return n
}

func reach(ref name.Reference) (int, error) {
	desc, err := remote.Get(ref)
	if err != nil {
		return 0, err
	}
	var manifest struct {
		Manifests, Layers []v1.Descriptor
		Config            *v1.Descriptor
	}
	if err := json.Unmarshal(desc.Manifest, &manifest); err != nil {
		return 0, err
	}
	n := 1
	for _, child := range manifest.Manifests {
		below, err := reach(ref.Context().Digest(child.Digest.String()))
		if err != nil {
			return 0, err
		}
		n += below
	}
	blobs := manifest.Layers
	if manifest.Config != nil {
		blobs = append(blobs, *manifest.Config)
	}
	for _, blob := range blobs {
		layer, err := remote.Layer(ref.Context().Digest(blob.Digest.String()))
		if err != nil {
			return 0, err
		}
		content, err := layer.Compressed()
		if err != nil {
			return 0, err
		}
		size, err := io.Copy(io.Discard, content)
		if err := errors.Join(err, content.Close()); err != nil {
			return 0, fmt.Errorf("reading %s: %w", blob.Digest, err)
		}
		if size != blob.Size {
			return 0, fmt.Errorf("%s has %d bytes instead of %d", blob.Digest, size, blob.Size)
		}
		n++
	}
	return n, nil
}

// isGone tells whether an error is that something is not there.
func isGone(err error) bool {
	var status *transport.Error
	return errors.As(err, &status) && status.StatusCode == http.StatusNotFound
}

// head returns the digest that a reference points at.
func head(t testing.TB, ref string) string {
	t.Helper()
	desc, err := remote.Head(parse(t, ref))
	require.NoError(t, err)
	return desc.Digest.String()
}

// erase deletes what the tags of a repository reach, and shows that it is gone.
func erase(t testing.TB, repos ...string) {
	t.Helper()
	for _, repo := range repos {
		parsed, err := name.NewRepository(repo, name.Insecure)
		require.NoError(t, err)
		tags := tagsOf(parsed)
		require.NotEmpty(t, tags, "%s is empty", repo)
		require.NoError(t, removeAll(parsed))
		for _, tag := range tags {
			_, err := remote.Head(parsed.Tag(tag))
			require.True(t, isGone(err), "%s:%s is still there: %v", repo, tag, err)
		}
	}
}
