package docs

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestExamplesOfTheHelp runs the examples of every command's help, in the order of the help, with
// a registry instead of registry.example.com.
func TestExamplesOfTheHelp(t *testing.T) {
	t.Parallel()
	host := registrytest.Start(t, registry.WithTokenAuth(registry.Access{
		Users: map[string]string{"me": "password"}, Allow: func(string, string, string) bool { return true },
	})).Host
	p := programtest.New(t)
	for i, image := range []string{"web:1.0", "db:17"} {
		registrytest.PushImage(t, host+"/images/"+image, registrytest.ImageSpec{Platforms: programtest.Platforms(), Seed: uint64(i + 1)})
	}
	p.Write("compose.yaml", "services:\n  web: {image: "+host+"/images/web:1.0}\n  db: {image: "+host+"/images/db:17}\n")
	p.Write("password.txt", "password\n")
	p.Write("policy/trustpolicy.json", `{"version": "1.0", "trustPolicies": [{"name": "none", "registryScopes": ["*"], "signatureVerification": {"level": "skip"}}]}`)
	p.Write("bin/docker", "#!/bin/sh\n") // stands in for Docker Compose
	require.NoError(t, os.Chmod(filepath.Join(p.Dir, "bin", "docker"), 0o755))
	p.Env = append(p.Env, "PATH="+filepath.Join(p.Dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range commands.Names() {
		_, examples, found := strings.Cut(p.OK(name, "--help"), "\nExamples:\n")
		require.True(t, found, "%s has no example", name)
		for line := range strings.Lines(examples) {
			line = strings.TrimSpace(line)
			if line == "" {
				break
			}
			require.True(t, strings.HasPrefix(line, "ocompose "), line)
			line = strings.ReplaceAll(line, "registry.example.com", host)
			if name == "serve" {
				serveExample(p, line)
				continue
			}
			end := p.Exec("sh", "-c", line)
			require.Zero(t, end.Status, "%s\n%s%s", line, end.Stdout, end.Stderr)
		}
	}
	require.FileExists(t, p.Dir+"/ocompose.bash")
}

// serveExample runs a registry until it prints its address.
func serveExample(p *programtest.Program, line string) {
	p.T.Helper()
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env = p.Dir, tooltest.Environ(p.Home, p.Env...)
	out, err := cmd.StdoutPipe()
	require.NoError(p.T, err)
	require.NoError(p.T, cmd.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(p.T, err)
	require.NoError(p.T, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	require.Regexp(p.T, `^127\.0\.0\.1:\d+\n$`, address)
}
