package e2e

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// listenOnly is the address of something that accepts connections and never answers.
func listenOnly(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// TestExamplesOfTheHelp runs the examples of every command's help, in the order of the help,
// with a registry in the place of registry.example.com.
func TestExamplesOfTheHelp(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t, registry.WithTokenAuth(registry.Access{
		Users: map[string]string{"me": "password"}, Allow: func(string, string, string) bool { return true },
	})).Host
	p := newProgram(t)
	for i, image := range []string{"web:1.0", "db:17"} {
		registrytest.PushImage(t, host+"/images/"+image, registrytest.ImageSpec{Platforms: platforms, Seed: uint64(i + 1)})
	}
	p.write("compose.yaml", "services:\n  web: {image: "+host+"/images/web:1.0}\n  db: {image: "+host+"/images/db:17}\n")
	p.write("password.txt", "password\n")
	p.write("policy/trustpolicy.json", `{"version": "1.0", "trustPolicies": [{"name": "none", "registryScopes": ["*"], "signatureVerification": {"level": "skip"}}]}`)
	p.write("bin/docker", "#!/bin/sh\n") // stands in for Docker Compose
	require.NoError(t, os.Chmod(filepath.Join(p.dir, "bin", "docker"), 0o755))
	p.env = append(p.env, "PATH="+filepath.Join(p.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range commands.Names() {
		_, examples, found := strings.Cut(p.ok(name, "--help"), "\nExamples:\n")
		require.True(t, found, "%s has no example", name)
		for line := range strings.Lines(examples) {
			line = strings.TrimSpace(line)
			if line == "" {
				break
			}
			require.True(t, strings.HasPrefix(line, "ocompose "), line)
			line = strings.ReplaceAll(line, "registry.example.com", host)
			if name == "serve" {
				p.serveExample(line)
				continue
			}
			end := p.exec("sh", "-c", line)
			require.Zero(t, end.status, "%s\n%s%s", line, end.stdout, end.stderr)
		}
	}
	require.FileExists(t, p.dir+"/ocompose.bash")
}

// serveExample runs a registry until it says where it listens.
func (p *program) serveExample(line string) {
	p.t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env = p.dir, tooltest.Environ(p.home, p.env...)
	out, err := cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	require.Regexp(p.t, `^127\.0\.0\.1:\d+\n$`, address)
}
