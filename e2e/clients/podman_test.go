package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// podman runs Podman with separate image storage.
type podman struct {
	*programtest.Program
	path, store string
}

func newPodman(p *programtest.Program) podman {
	p.T.Helper()
	path := tooltest.Lookup(p.T, "podman")
	// Podman requires that the file in DOCKER_CONFIG exists.
	require.NoError(p.T, os.MkdirAll(filepath.Join(p.Home, ".docker"), 0o755))
	require.NoError(p.T, os.WriteFile(filepath.Join(p.Home, ".docker", "config.json"), []byte("{}"), 0o600))
	return podman{p, path, p.T.TempDir()}
}

func (p podman) call(args ...string) programtest.Result {
	return p.Exec(p.path, append([]string{
		"--root", filepath.Join(p.store, "root"), "--runroot", filepath.Join(p.store, "run"), "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
	}, args...)...)
}

// pull pulls an image, and checks which one Podman has then.
func (p podman) pull(ref, digest string) {
	p.T.Helper()
	end := p.call("pull", "--quiet", "--tls-verify=false", ref)
	require.Zero(p.T, end.Status, end.Stderr)
	inspected := p.call("image", "inspect", "--format", "{{.Digest}}", strings.TrimSpace(end.Stdout))
	require.Equal(p.T, digest+"\n", inspected.Stdout, inspected.Stderr)
	require.Zero(p.T, p.call("rmi", "--all", "--force").Status)
}

// TestPodmanPullsImages: Podman pulls the images of packages: by digest from the repository of a
// bundle and from a served file, and by name from a file of a loose package. It does not accept a
// package itself as an image, in any form.
func TestPodmanPullsImages(t *testing.T) {
	t.Parallel()
	registry := registrytest.Start(t)
	host := registry.Host
	p := newPodman(programtest.New(t))
	image := enginetest.Image(t, "hello")
	require.NoError(t, remote.Write(registrytest.Parse(t, host+"/images/web:1"), image))
	hash, err := image.Digest()
	require.NoError(t, err)
	digest := hash.String()
	p.Write("compose.yaml", "services: {web: {image: "+host+"/images/web:1}}\n")
	for name, flags := range map[string][]string{"loose": nil, "bundle": {"--bundle"}, "flat": {"--bundle", "--flat"}, "flightctl": {"--format", "flightctl"}} {
		ref := host + "/apps/" + name + ":1"
		p.OK(append(append([]string{"push"}, flags...), ref)...)
		end := p.call("pull", "--tls-verify=false", ref)
		require.NotZero(t, end.Status, "Podman must not pull %s", name)
		require.Contains(t, end.Stderr, "artifact", name)
	}
	p.pull(host+"/apps/bundle@"+digest, digest)
	p.pull(host+"/apps/flat@"+digest, digest)
	p.OK("save", host+"/apps/loose:1", "loose.tar")
	p.OK("save", host+"/apps/loose:1", "folder/")
	p.OK("save", host+"/apps/bundle:1", "bundle.tar")
	registry.Close()

	p.pull("oci-archive:loose.tar:"+host+"/images/web:1", digest)
	p.pull("oci:folder:"+host+"/images/web:1", digest)
	s := p.Serve("bundle.tar")
	p.pull(s.Host+"/apps/bundle@"+digest, digest)
	s.Stop()
	s = p.Serve("loose.tar")
	p.pull(s.Host+"/images/web@"+digest, digest)
	s.Stop()
}

// TestSkopeoCopiesImagesOfAFile: skopeo copies an image of a loose package from a saved file by
// name, if it has OCI media types: it finds no others in a file.
func TestSkopeoCopiesImagesOfAFile(t *testing.T) {
	t.Parallel()
	skopeo := tooltest.Lookup(t, "skopeo")
	source, other := registrytest.Start(t), registrytest.Start(t).Host
	p := programtest.New(t)
	require.NoError(t, remote.Write(registrytest.Parse(t, source.Host+"/web:1"), registrytest.NewImage(t, registrytest.ImageSpec{Layers: 2})))
	registrytest.PushImage(t, source.Host+"/db:1", registrytest.ImageSpec{Docker: true})
	p.Write("compose.yaml", "services: {web: {image: "+source.Host+"/web:1}, db: {image: "+source.Host+"/db:1}}\n")
	p.OK("push", source.Host+"/apps/shop:1")
	p.OK("save", source.Host+"/apps/shop:1", "shop.tar")
	digest := registrytest.Digest(t, source.Host+"/web:1")
	source.Close()
	p.Output(skopeo, "--insecure-policy", "copy", "--dest-tls-verify=false",
		"oci-archive:shop.tar:"+source.Host+"/web:1", "docker://"+other+"/web:1")
	require.Equal(t, digest, registrytest.Digest(t, other+"/web:1"))
	end := p.Exec(skopeo, "--insecure-policy", "copy", "--dest-tls-verify=false",
		"oci-archive:shop.tar:"+source.Host+"/db:1", "docker://"+other+"/db:1")
	require.Contains(t, end.Stderr, "no descriptor found")
}
