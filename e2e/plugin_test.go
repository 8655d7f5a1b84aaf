package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestDockerPlugin runs the program as docker does: docker ocompose.
func TestDockerPlugin(t *testing.T) {
	t.Parallel()
	docker := tooltest.Lookup(t, "docker")
	program, err := exec.LookPath("docker-ocompose")
	require.NoError(t, err)
	p := programtest.New(t)
	server := registrytest.Start(t)
	host := server.Host
	p.WriteShop(host)

	plugins := filepath.Join(p.Home, ".docker", "cli-plugins")
	require.NoError(t, os.MkdirAll(plugins, 0o755))
	require.NoError(t, os.Symlink(program, filepath.Join(plugins, "docker-ocompose")))

	require.Contains(t, p.Output(docker, "--help"), "Package Compose applications as OCI artifacts")
	reference := p.Output(docker, "ocompose", "push", host+"/apps/shop:1")
	require.Regexp(t, "^"+host+"/apps/shop@sha256:[0-9a-f]{64}$", reference)
	require.Equal(t, p.OK("inspect", host+"/apps/shop:1"), p.Output(docker, "ocompose", "inspect", host+"/apps/shop:1"))
	require.Equal(t, reference, p.Output(docker, "--log-level", "error", "ocompose", "--quiet", "push", host+"/apps/shop:1"))

	require.Contains(t, p.Output(docker, "ocompose", "--help"), "docker ocompose COMMAND")
	require.Contains(t, p.Output(docker, "ocompose", "push", "--help"), "docker ocompose push [flags] REF")
	require.Contains(t, p.Output(docker, "help", "ocompose"), "docker ocompose")
	require.Contains(t, p.Output(docker, "__complete", "ocompose", "pu"), "push\t")

	end := p.Exec(docker, "ocompose", "publish", "x/y")
	require.Equal(t, 2, end.Status)
	require.Empty(t, end.Stdout)
	require.Contains(t, end.Stderr, "did you mean push?")
	end = p.Exec(docker, "ocompose", "inspect", host+"/apps/none:1")
	require.Equal(t, 3, end.Status)

	// Another configuration folder of docker has other logins.
	other := filepath.Join(p.Home, "other")
	require.NoError(t, os.MkdirAll(other, 0o755))
	require.NoError(t, os.Rename(plugins, filepath.Join(other, "cli-plugins")))
	p.Output(docker, "--config", other, "ocompose", "logout", host)
	p.Stdin = nil
	p.Write("password", "b\n")
	file, err := os.Open(filepath.Join(p.Dir, "password"))
	require.NoError(t, err)
	defer file.Close()
	p.Stdin = file
	p.Output(docker, "--config", other, "ocompose", "login", "--username", "a", "--password-stdin", host)
	require.FileExists(t, filepath.Join(other, "config.json"))

	interruptPlugin(t, p, docker, other, server)
}

// interruptPlugin interrupts only docker, which stops its plugin.
func interruptPlugin(t *testing.T, p *programtest.Program, docker, config string, server *registrytest.Server) {
	t.Helper()
	s := &script{servers: map[string]*registrytest.Server{"REG": server}}
	arrived, release := s.block("GET", "manifests/")
	defer release()
	cmd := exec.Command(docker, "--config", config, "ocompose", "inspect", server.Host+"/apps/shop:1")
	cmd.Dir, cmd.Env = p.Dir, tooltest.Environ(p.Home)
	require.NoError(t, cmd.Start())
	<-arrived
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(programtest.Patience):
		_ = cmd.Process.Kill()
		t.Fatal("the plugin does not end with docker")
	}
	require.Equal(t, 130, cmd.ProcessState.ExitCode())
}
