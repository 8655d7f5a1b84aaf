package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestMountedFilesRunWithoutTheProject: an application whose four services mount folders of
// configuration, an executable entrypoint and an init script runs from oci:// and from pulled
// files, with the same files in its containers, after the project was deleted.
func TestMountedFilesRunWithoutTheProject(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	host := registrytest.Start(t).Host
	require.NoError(t, remote.Write(registrytest.Parse(t, host+"/images/app:1"), enginetest.Image(t, "I am here")))
	p := programtest.New(t)
	p.Write("compose.yaml", fmt.Sprintf(`x-app: &app {image: %s/images/app:1}
services:
  web:
    <<: *app
    ports: ["127.0.0.1::80"]
    depends_on: [api, db, locked]
    volumes:
      - ./conf.d:/etc/web/conf.d:ro
      - ./conf/web.conf:/etc/web/web.conf:ro
      - ./flat.conf:/etc/web/flat.conf
  api:
    <<: *app
    entrypoint: [/scripts/entrypoint.sh]
    volumes: ["./scripts/entrypoint.sh:/scripts/entrypoint.sh"]
  db:
    <<: *app
    entrypoint: [/docker-entrypoint-initdb.d/init.sh]
    volumes: ["./initdb:/docker-entrypoint-initdb.d", "./bin:/bin:ro"]
  locked:
    <<: *app
    read_only: true
    volumes: ["./conf.d:/etc/locked:ro", "./conf/icon.bin:/icon.bin:ro"]
`, host))
	for name, content := range map[string]string{
		"conf.d/a.conf": "a $HOME\n", "conf.d/sub/b.conf": "b\n", "conf.d/empty": "", "conf/web.conf": "web\n", "flat.conf": "flat\n",
		"conf/icon.bin": "\x00\xff", "initdb/schema.sql": "select 1;\n", "bin/plain": "plain\n",
	} {
		p.Write(name, content)
	}
	for _, name := range []string{"scripts/entrypoint.sh", "initdb/init.sh", "bin/tool"} {
		p.Write(name, "#!/hello\necho \"$HOME ${A:-b} $$\"\n")
		require.NoError(t, os.Chmod(filepath.Join(p.Dir, filepath.FromSlash(name)), 0o755))
	}
	pushed := p.OK("push", host+"/apps/files:1")
	require.NoError(t, os.RemoveAll(p.Dir))
	require.NoError(t, os.Mkdir(p.Dir, 0o755))

	c.Env = []string{engine.Env()}
	script := "#!/hello\necho \"$HOME ${A:-b} $$\"\n\n"
	up := func(project string, files ...string) {
		t.Helper()
		args := append(slices.Clip(files), "-p", project)
		c.Output(append(args, "up", "--detach", "--wait", "--wait-timeout", "120", "-y")...)
		address := "http://" + strings.TrimSpace(string(c.Output(append(args, "port", "web", "80")...)))
		require.Equal(t, "/etc/web/conf.d/a.conf (reads): a $HOME\n\n/etc/web/conf.d/empty (reads): \n/etc/web/conf.d/sub/b.conf (reads): b\n\n"+
			"/etc/web/flat.conf (writes): flat\n\n/etc/web/web.conf (reads): web\n\n", get(t, address+"/file/etc/web"))
		require.Equal(t, "/scripts/entrypoint.sh (writes, runs): "+script, get(t, address+"/from/api/file/scripts"))
		require.Equal(t, "/docker-entrypoint-initdb.d/init.sh (writes, runs): "+script+"/docker-entrypoint-initdb.d/schema.sql (writes): select 1;\n\n",
			get(t, address+"/from/db/file/docker-entrypoint-initdb.d"))
		tools := get(t, address+"/from/db/file/bin")
		require.Contains(t, tools, "/bin/plain (reads): plain\n")
		require.Contains(t, tools, ", runs): "+script)
		require.Equal(t, "/etc/locked/a.conf (reads): a $HOME\n\n/etc/locked/empty (reads): \n/etc/locked/sub/b.conf (reads): b\n\n",
			get(t, address+"/from/locked/file/etc/locked"))
		require.Equal(t, "/icon.bin (reads): \x00\xff\n", get(t, address+"/from/locked/file/icon.bin"))
		c.Output(append(args, "down", "--volumes", "--timeout", "1")...)
	}
	up("remote", "-f", "oci://"+host+"/apps/files:1")

	// And from a folder, where Docker Compose finds all files automatically.
	p.OK("pull", "-d", c.Dir, pushed)
	up("pulled")
}
