package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestMountedFileMissingIsAnError: an application with mounted files that the host must provide
// does not start without them, from oci:// and from a pulled folder, and starts with them. One of
// them is in a folder that is packaged without it.
func TestMountedFileMissingIsAnError(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	host := registrytest.Start(t).Host
	require.NoError(t, remote.Write(registrytest.Parse(t, host+"/images/app:1"), enginetest.Image(t, "I am here")))
	const mine = "/etc/app/own.conf (writes): mine\n\n"
	for name, test := range map[string]struct{ mount, missing, want string }{
		"short":   {"./own.conf:/etc/app/own.conf", "own.conf", mine},
		"long":    {"{type: bind, source: ./own.conf, target: /etc/app/own.conf}", "own.conf", mine},
		"labeled": {"./own.conf:/etc/app/own.conf:z", "own.conf", mine},
		"folder":  {"./conf:/etc/app:ro", "conf/login.ini", "/etc/app/a.conf (reads): a\n\n/etc/app/login.ini (reads): mine\n\n"},
	} {
		p := programtest.New(t)
		p.Write("compose.yaml", fmt.Sprintf("services:\n  web:\n    image: %s/images/app:1\n    ports: ['127.0.0.1::80']\n    volumes: [%s]\n", host, test.mount))
		p.Write("own.conf", "own\n")
		p.Write("conf/a.conf", "a\n")
		p.Write("conf/login.ini", "password = 7hXq2mVz9kLw\n")
		p.Write(".gitignore", "own.conf\n")
		pushed := p.OK("push", host+"/apps/"+name+":1")

		c.Env, c.Dir = []string{engine.Env()}, t.TempDir()
		_, stderr, err := c.Run("-f", "oci://"+host+"/apps/"+name+":1", "-p", name, "up", "--detach", "-y")
		require.Error(t, err, name)
		require.Contains(t, string(stderr), "bind source path does not exist", name)

		p.OK("pull", "-d", c.Dir, pushed)
		_, stderr, err = c.Run("-p", name, "up", "--detach", "-y")
		require.Error(t, err, name)
		require.Contains(t, string(stderr), "bind source path does not exist", name)
		require.NoDirExists(t, filepath.Join(c.Dir, test.missing), "Docker must not create a folder for the second attempt")
		require.NoError(t, os.WriteFile(filepath.Join(c.Dir, test.missing), []byte("mine\n"), 0o600))
		c.Output("-p", name, "up", "--detach", "--wait", "--wait-timeout", "120", "-y")
		address := "http://" + strings.TrimSpace(string(c.Output("-p", name, "port", "web", "80")))
		require.Equal(t, test.want, get(t, address+"/file/etc/app"), name)
		c.Output("-p", name, "down", "--volumes", "--timeout", "1")
	}
}
