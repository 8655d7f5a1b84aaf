package terminal

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// removeDigest removes a manifest from a registry.
func removeDigest(t *testing.T, ref string) {
	t.Helper()
	digest, err := name.NewDigest(ref, name.Insecure)
	require.NoError(t, err)
	require.NoError(t, remote.Delete(digest))
}

// TestOutputIsTheSame: the output of a command, result and errors, does not depend on the order
// of responses.
func TestOutputIsTheSame(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	var services strings.Builder
	for _, service := range []string{"api", "cache", "db", "queue", "web", "worker"} {
		registrytest.PushImage(t, host+"/images/"+service+":1", registrytest.ImageSpec{Platforms: programtest.Platforms(), Seed: uint64(len(service)) + uint64(service[0])})
		services.WriteString("  " + service + ":\n    image: " + host + "/images/" + service + ":1\n    environment: {A: \"${A_" + service + ":-1}\", B: \"${B_" + service + "}\"}\n")
	}
	p.Write("compose.yaml", "services:\n"+services.String())
	p.Write("missing.yaml", "services:\n"+strings.ReplaceAll(services.String(), ":1\n", ":2\n"))
	loose, bundle := host+"/apps/loose:1", host+"/apps/bundle:1"
	p.OK("push", loose)
	p.OK("push", "--bundle", bundle)
	p.OK("tag", bundle, "2", "3")
	for _, image := range []string{"api", "web"} {
		p.OK("attach", host+"/images/"+image+":1")
		p.OK("attach", "--annotation", "a=b", host+"/images/"+image+":1")
	}
	broken := host + "/apps/broken:1"
	p.OK("copy", bundle, broken)
	for _, b := range p.Inspect(broken).Bundle[:4] {
		removeDigest(t, host+"/apps/broken@"+b.Digest)
	}
	for _, line := range []string{
		"push -o json " + loose, "push --bundle -o json " + bundle, "push --dry-run " + host + "/apps/new:1", "push -f missing.yaml " + loose,
		"inspect -o json " + loose, "inspect " + bundle, "inspect -o json " + bundle,
		"images -o json", "images -o json " + bundle, "images -f missing.yaml", "images -q",
		"ls -o json --all " + host + "/apps/bundle", "tags -o json " + host + "/apps/bundle",
		"referrers -o json " + host + "/images/web:1", "referrers -o tree --all " + host + "/images/api:1",
		"verify -o json " + loose, "verify -o json " + broken, "verify " + broken, "delete --dry-run --all-tags -o json " + bundle, "delete --dry-run --all-tags --images " + bundle,
		"copy -o json " + bundle + " " + host + "/apps/copied:1",
	} {
		var first programtest.Result
		for i := range 6 {
			end := p.Run(strings.Fields(line)...)
			if i == 0 {
				first = end
			}
			require.Equal(t, first.Status, end.Status, line)
			require.Equal(t, first.Stdout, end.Stdout, line)
			if !strings.Contains(line, "copy") { // the first copy transfers other content
				require.Equal(t, first.Stderr, end.Stderr, line)
			}
		}
	}
}
