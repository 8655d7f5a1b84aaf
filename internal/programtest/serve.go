package programtest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// Server is a running `ocompose serve`.
type Server struct {
	// Host is its address, HOST:PORT.
	Host string
	cmd  *exec.Cmd
	rest io.Reader
	// Stderr is its standard error, to be read after Stop.
	Stderr  bytes.Buffer
	stopped bool
}

// Serve starts `ocompose serve` on a free port and waits until it prints the address, which means that
// it is ready.
func (p *Program) Serve(args ...string) *Server {
	p.T.Helper()
	return p.ServeWith("ocompose", args...)
}

// ServeWith is Serve for a program at a path.
func (p *Program) ServeWith(path string, args ...string) *Server {
	p.T.Helper()
	s := &Server{cmd: exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = p.Dir, tooltest.Environ(p.Home), &s.Stderr
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(p.T, err)
	require.NoError(p.T, s.cmd.Start())
	p.T.Cleanup(func() { s.Stop() })
	patient := time.AfterFunc(Patience, func() { _ = s.cmd.Process.Kill() })
	defer patient.Stop()
	out := bufio.NewReader(stdout)
	s.rest = out
	first, err := out.ReadString('\n')
	if err != nil {
		_, status := s.Stop()
		require.NoError(p.T, err, "serve ends with status %d: %s", status, s.Stderr.String())
	}
	s.Host = strings.TrimSpace(first)
	return s
}

// Stop interrupts it, like Ctrl-C, and returns the rest of its standard output and its exit
// status.
func (s *Server) Stop() (rest string, status int) {
	if s.stopped {
		return "", 0
	}
	s.stopped = true
	patient := time.AfterFunc(Patience, func() { _ = s.cmd.Process.Kill() })
	defer patient.Stop()
	_ = s.cmd.Process.Signal(os.Interrupt)
	out, _ := io.ReadAll(s.rest)
	_ = s.cmd.Wait()
	return string(out), s.cmd.ProcessState.ExitCode()
}
