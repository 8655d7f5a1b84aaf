package commands_test

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/commands"
)

// Programs in one process share no state: run concurrently, each has the same result as alone.
// The race detector reports shared state.
func TestConcurrentPrograms(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	unreachable := l.Addr().String()
	require.NoError(t, l.Close())
	lines := [][]string{
		{}, {"--help"}, {"--version"}, {"version", "-o", "json"}, {"version", "--format", "{{.Version}}"},
		{"inspect", unreachable + "/app:1"},
		{"pull", "--platform", "linux/amd64", "oci-layout:missing:1"},
		{"push", "-f", "missing.yaml", unreachable + "/app:1"},
		{"push", "--plaftorm", "linux/amd64", unreachable + "/app:1"},
		{"load", "missing.tar", unreachable + "/app:1"},
		{"nonsense"}, {"completion", "bash"}, {"__complete", "push", "--p"},
	}
	for _, name := range commands.Names() {
		lines = append(lines, []string{name, "--help"}, []string{name, "--nonsense"})
	}
	dir := t.TempDir()
	type result struct {
		status         int
		stdout, stderr string
	}
	run := func(args []string) result {
		var stdout, stderr bytes.Buffer
		status := commands.Main(t.Context(), args, commands.Process{
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: []string{"HOME=" + dir}, Dir: dir,
		})
		return result{status, stdout.String(), stderr.String()}
	}
	var together sync.WaitGroup
	for _, args := range lines {
		alone := run(args)
		for range 2 {
			together.Go(func() { assert.Equal(t, alone, run(args), "%q", args) })
		}
	}
	together.Wait()
}
