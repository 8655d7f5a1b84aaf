package clients

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestFormatsInOtherTools: oras pulls the archive of a Margo package, and Docker Compose runs
// from its folder. Docker Compose also reads a package for Flight Control.
func TestFormatsInOtherTools(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	oras := tooltest.Lookup(t, "oras")
	for _, kind := range programtest.Registries() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			host := kind.Start(t)
			p := programtest.New(t)
			p.WriteShop(host)
			p.OK("push", "--format", "margo", host+"/team/shop:1.0.0")
			p.Output(oras, "pull", "--plain-http", host+"/team/shop:1.0.0")
			archive, err := os.ReadFile(filepath.Join(p.Dir, "shop-1.0.0.tar.gz"))
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
					p.Write(h.Name, string(text))
				}
			}
			for _, image := range c.Images("-f", filepath.Join(p.Dir, "shop", "compose.yaml")) {
				require.Contains(t, image, "@sha256:")
			}

			p.OK("push", "--format", "flightctl", host+"/team/shop:flightctl")
			images := c.Images("-f", "oci://"+host+"/team/shop:flightctl")
			require.NotEmpty(t, images)
			for _, image := range images {
				require.Contains(t, image, "@sha256:")
			}
			p.Output(oras, "pull", "--plain-http", "-o", "pulled", host+"/team/shop:flightctl")
			require.FileExists(t, filepath.Join(p.Dir, "pulled", "docker-compose.yaml"))
			require.FileExists(t, filepath.Join(p.Dir, "pulled", "docker-compose.override.yaml"))
		})
	}
}

// TestFlightControlFiles: the files that a client that knows only titles, such as Podman, writes
// of a package for Flight Control, and the result after the archive is unpacked.
func TestFlightControlFiles(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	registrytest.PushImage(t, host+"/web:1", registrytest.ImageSpec{})
	p.Write("compose.yaml", "services: {web: {image: "+host+"/web:1, volumes: [./conf/a.conf:/a, ./run.sh:/run.sh, ./plain.conf:/p, ./seed.tar:/s]}}\n")
	for _, name := range []string{"conf/a.conf", "run.sh", "plain.conf", "seed.tar"} {
		p.Write(name, name)
	}
	require.NoError(t, os.Chmod(filepath.Join(p.Dir, "run.sh"), 0o755))
	p.OK("push", "--format", "flightctl", "--with-files", host+"/shop:1")
	p.Output(tooltest.Lookup(t, "oras"), "pull", "--plain-http", "-o", "out", host+"/shop:1")
	written, err := os.ReadDir(filepath.Join(p.Dir, "out"))
	require.NoError(t, err)
	var names []string
	for _, f := range written {
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"docker-compose.override.yaml", "docker-compose.yaml", "files.tar.gz", "plain.conf", "registry-files.yaml"}, names)
	p.Output("tar", "-xzf", "out/files.tar.gz", "-C", "out")
	for name, mode := range map[string]os.FileMode{"conf/a.conf": 0o644, "run.sh": 0o755, "seed.tar": 0o644} {
		info, err := os.Stat(filepath.Join(p.Dir, "out", name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
		require.Equal(t, name, p.Read(filepath.Join("out", name)))
	}
}

// TestMargoOfOthers: a package pushed with the command in Margo's specification can be read, with
// links inside the folder, and without setuid bits.
func TestMargoOfOthers(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.Write("app/compose.yaml", "services: {web: {image: nginx, env_file: [conf/current]}}\n")
	p.Write("app/conf/a.env", "A=1\n")
	p.Write("app/run", "#!/bin/sh\n")
	require.NoError(t, os.Symlink("a.env", filepath.Join(p.Dir, "app", "conf", "current")))
	require.NoError(t, os.Chmod(filepath.Join(p.Dir, "app", "run"), 0o755|os.ModeSetuid))
	p.Output("tar", "-czf", "myapp-1.0.0-compose.tar.gz", "app")
	p.Output(tooltest.Lookup(t, "oras"), "push", "--plain-http", host+"/org/myapp:1.0.0",
		"--artifact-type", "application/vnd.org.margo.component.compose+json",
		"myapp-1.0.0-compose.tar.gz:application/vnd.org.margo.component.compose.tar+gzip",
		"--annotation", "org.margo.component.type=compose", "--annotation", "org.margo.component.version=1.0.0")
	p.OK("pull", "-d", "out", host+"/org/myapp:1.0.0")
	for name, mode := range map[string]os.FileMode{"compose.yaml": 0o644, "conf/a.env": 0o644, "conf/current": 0o644, "run": 0o755} {
		info, err := os.Lstat(filepath.Join(p.Dir, "out", name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
	p.OK("copy", host+"/org/myapp:1.0.0", host+"/other/myapp:1.0.0")
}
