package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestFormatsInOtherTools: oras gets the archive of a Margo package, whose folder Docker Compose
// runs from, and Docker Compose reads what is for Flight Control.
func TestFormatsInOtherTools(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	oras := tooltest.Lookup(t, "oras")
	for _, kind := range registries {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			host := kind.start(t)
			p := newProgram(t)
			p.writeShop(host, platforms...)
			p.ok("push", "--format", "margo", host+"/team/shop:1.0.0")
			p.done(oras, "pull", "--plain-http", host+"/team/shop:1.0.0")
			archive, err := os.ReadFile(filepath.Join(p.dir, "shop-1.0.0.tar.gz"))
			require.NoError(t, err)
			content, err := gzip.NewReader(bytes.NewReader(archive))
			require.NoError(t, err)
			files := tar.NewReader(content)
			for {
				h, err := files.Next()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				if h.Typeflag == tar.TypeReg {
					text, err := io.ReadAll(files)
					require.NoError(t, err)
					p.write(h.Name, string(text))
				}
			}
			for _, image := range c.Images("-f", filepath.Join(p.dir, "shop", "compose.yaml")) {
				require.Contains(t, image, "@sha256:")
			}

			p.ok("push", "--format", "flightctl", host+"/team/shop:flightctl")
			images := c.Images("-f", "oci://"+host+"/team/shop:flightctl")
			require.NotEmpty(t, images)
			for _, image := range images {
				require.Contains(t, image, "@sha256:")
			}
			p.done(oras, "pull", "--plain-http", "-o", "pulled", host+"/team/shop:flightctl")
			require.FileExists(t, filepath.Join(p.dir, "pulled", "docker-compose.yaml"))
			require.FileExists(t, filepath.Join(p.dir, "pulled", "docker-compose.override.yaml"))
		})
	}
}

// TestFlightControlFiles: what a client that knows titles only, such as Podman, writes of a package
// for Flight Control, and what that has once the archive is unpacked.
func TestFlightControlFiles(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := newProgram(t)
	registrytest.PushImage(t, host+"/web:1", registrytest.ImageSpec{})
	p.write("compose.yaml", "services: {web: {image: "+host+"/web:1, volumes: [./conf/a.conf:/a, ./run.sh:/run.sh, ./plain.conf:/p, ./seed.tar:/s]}}\n")
	for _, name := range []string{"conf/a.conf", "run.sh", "plain.conf", "seed.tar"} {
		p.write(name, name)
	}
	require.NoError(t, os.Chmod(filepath.Join(p.dir, "run.sh"), 0o755))
	p.ok("push", "--format", "flightctl", "--with-files", host+"/shop:1")
	p.done(tooltest.Lookup(t, "oras"), "pull", "--plain-http", "-o", "out", host+"/shop:1")
	written, err := os.ReadDir(filepath.Join(p.dir, "out"))
	require.NoError(t, err)
	var names []string
	for _, f := range written {
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"docker-compose.override.yaml", "docker-compose.yaml", "files.tar.gz", "plain.conf", "registry-files.yaml"}, names)
	p.done("tar", "-xzf", "out/files.tar.gz", "-C", "out")
	for name, mode := range map[string]os.FileMode{"conf/a.conf": 0o644, "run.sh": 0o755, "seed.tar": 0o644} {
		info, err := os.Stat(filepath.Join(p.dir, "out", name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
		require.Equal(t, name, p.read(filepath.Join("out", name)))
	}
}

// TestHostileMargo: of an archive that has what no such archive may have, nothing is written, and
// verify says what is wrong.
func TestHostileMargo(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := newProgram(t)
	for tag, test := range map[string]struct {
		header tar.Header
		reason string
	}{
		"link":      {tar.Header{Typeflag: tar.TypeSymlink, Name: "app/link", Linkname: "/etc/passwd"}, `its link "app/link" points outside its folder`},
		"hardlink":  {tar.Header{Typeflag: tar.TypeLink, Name: "app/link", Linkname: "../etc/passwd"}, `has no earlier file as its target`},
		"traversal": {tar.Header{Typeflag: tar.TypeReg, Name: "app/../../out.txt"}, "points outside its folder"},
		"absolute":  {tar.Header{Typeflag: tar.TypeReg, Name: "/tmp/out.txt"}, "points outside its folder"},
		"device":    {tar.Header{Typeflag: tar.TypeChar, Name: "app/null"}, "neither a file nor a folder"},
		"second":    {tar.Header{Typeflag: tar.TypeReg, Name: "other/compose.yaml"}, "more than one folder"},
		"git":       {tar.Header{Typeflag: tar.TypeReg, Name: "app/.git/config"}, ".git"},
		"case":      {tar.Header{Typeflag: tar.TypeReg, Name: "app/Compose.yaml"}, "Compose.yaml"},
	} {
		t.Run(tag, func(t *testing.T) {
			ref := host + "/hostile:" + tag
			pushMargo(t, ref, test.header)
			out := filepath.Join(p.dir, tag)
			for _, args := range [][]string{{"pull", "-d", out, ref}, {"inspect", ref}, {"images", ref}, {"diff", ref, ref}} {
				end := p.run(args...)
				require.NotZero(t, end.status)
				require.Empty(t, end.stdout)
				require.Contains(t, end.stderr, test.reason)
			}
			require.NoDirExists(t, out)
			end := p.run("verify", ref)
			require.Equal(t, 4, end.status)
			require.Contains(t, end.stdout, test.reason)
		})
	}
}

// TestMargoOfOthers: what the command in Margo's specification pushes can be read, with links
// that stay in the folder, and without bits that change the user.
func TestMargoOfOthers(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := newProgram(t)
	p.write("app/compose.yaml", "services: {web: {image: nginx, env_file: [conf/current]}}\n")
	p.write("app/conf/a.env", "A=1\n")
	p.write("app/run", "#!/bin/sh\n")
	require.NoError(t, os.Symlink("a.env", filepath.Join(p.dir, "app", "conf", "current")))
	require.NoError(t, os.Chmod(filepath.Join(p.dir, "app", "run"), 0o755|os.ModeSetuid))
	p.done("tar", "-czf", "myapp-1.0.0-compose.tar.gz", "app")
	p.done(tooltest.Lookup(t, "oras"), "push", "--plain-http", host+"/org/myapp:1.0.0",
		"--artifact-type", "application/vnd.org.margo.component.compose+json",
		"myapp-1.0.0-compose.tar.gz:application/vnd.org.margo.component.compose.tar+gzip",
		"--annotation", "org.margo.component.type=compose", "--annotation", "org.margo.component.version=1.0.0")
	p.ok("pull", "-d", "out", host+"/org/myapp:1.0.0")
	for name, mode := range map[string]os.FileMode{"compose.yaml": 0o644, "conf/a.env": 0o644, "conf/current": 0o644, "run": 0o755} {
		info, err := os.Lstat(filepath.Join(p.dir, "out", name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
	p.ok("copy", host+"/org/myapp:1.0.0", host+"/other/myapp:1.0.0")
}

// pushMargo pushes a Margo package whose archive has one more entry than it should.
func pushMargo(t *testing.T, ref string, extra tar.Header) {
	t.Helper()
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	w := tar.NewWriter(compressed)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "app/compose.yaml", Mode: 0o644}))
	require.NoError(t, w.WriteHeader(&extra))
	require.NoError(t, w.Close())
	require.NoError(t, compressed.Close())
	repo := parse(t, ref).Context()
	push := func(mediaType types.MediaType, content []byte) v1.Descriptor {
		layer := static.NewLayer(content, mediaType)
		require.NoError(t, remote.WriteLayer(repo, layer))
		digest, err := layer.Digest()
		require.NoError(t, err)
		return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
	}
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: "application/vnd.org.margo.component.compose+json",
		Config: push("application/vnd.oci.empty.v1+json", []byte("{}")),
		Layers: []v1.Descriptor{push("application/vnd.org.margo.component.compose.tar+gzip", b.Bytes())},
	})
	require.NoError(t, err)
	require.NoError(t, remote.Put(parse(t, ref), rawManifest{raw, types.OCIManifestSchema1}))
}
