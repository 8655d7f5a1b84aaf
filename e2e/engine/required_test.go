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

// TestMountedFileMissingIsAnError: an application whose mounted files the deployer must provide does
// not start without them, from oci:// and from a pulled folder, and starts with them.
func TestMountedFileMissingIsAnError(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Docker engine")
	}
	t.Parallel()
	c := composetest.New(t)
	engine := enginetest.Start(t)
	host := registrytest.Start(t).Host
	require.NoError(t, remote.Write(registrytest.Parse(t, host+"/images/app:1"), enginetest.Image(t, "I am here")))
	for name, mount := range map[string]string{
		"short":   "./own.conf:/etc/app/own.conf",
		"long":    "{type: bind, source: ./own.conf, target: /etc/app/own.conf}",
		"labeled": "./own.conf:/etc/app/own.conf:z",
	} {
		p := programtest.New(t)
		p.Write("compose.yaml", fmt.Sprintf("services:\n  web:\n    image: %s/images/app:1\n    ports: ['127.0.0.1::80']\n    volumes: [%s]\n", host, mount))
		p.Write("own.conf", "own\n")
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
		require.NoDirExists(t, filepath.Join(c.Dir, "own.conf"), "Docker makes no folder for the second attempt")
		require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "own.conf"), []byte("mine\n"), 0o600))
		c.Output("-p", name, "up", "--detach", "--wait", "--wait-timeout", "120", "-y")
		address := "http://" + strings.TrimSpace(string(c.Output("-p", name, "port", "web", "80")))
		require.Equal(t, "/etc/app/own.conf (writes): mine\n\n", get(t, address+"/file/etc/app"), name)
		c.Output("-p", name, "down", "--volumes", "--timeout", "1")
	}
}
