//go:build unix

package hostile

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// A wait is a command that waits for something that never happens.
type wait struct {
	name string
	// prepare returns the arguments of the command, and a function that reports whether it waits.
	prepare func(t *testing.T, c *command) (args []string, waits func() bool)
	// stdin and stdout, if set, replace empty input and output that is read.
	stdin  func(*testing.T) *os.File
	stdout func(*testing.T) *os.File
}

// waits are all kinds of things that commands wait for.
var waits = []wait{
	{name: "a registry", prepare: func(t *testing.T, _ *command) ([]string, func() bool) {
		e := silent(t, "/manifests/")
		return []string{"inspect", e.host + "/x:1"}, func() bool { return e.requests("/manifests/") > 0 }
	}},
	{name: "a name server", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		address, asked := nameServer(t)
		c.env = append(c.env, dnsEnv+"="+address)
		return []string{"inspect", "registry.example.com/x:1"}, asked
	}},
	{name: "a proxy", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		address, asked := listener(t)
		c.env = append(c.env, "HTTPS_PROXY=http://"+address)
		return []string{"inspect", "registry.example.com/x:1"}, asked
	}},
	{name: "a Compose file", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"push", "127.0.0.1:1/x:1"}, fifo(t, filepath.Join(c.dir, "compose.yaml"))
	}},
	{name: "an env file", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		c.write("compose.yaml", web)
		return []string{"push", "127.0.0.1:1/x:1"}, fifo(t, filepath.Join(c.dir, ".env"))
	}},
	{name: "a configuration", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"inspect", basic(t).host + "/x:1"}, fifo(t, filepath.Join(c.home, ".docker", "config.json"))
	}},
	{name: "a file to read", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"load", "./saved.tar", "127.0.0.1:1/x:1"}, fifo(t, filepath.Join(c.dir, "saved.tar"))
	}},
	{name: "a credential helper", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"inspect", basic(t).host + "/x:1"}, c.helper(t, "exec sleep 600")
	}},
	{name: "a credential helper with processes", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"inspect", basic(t).host + "/x:1"}, c.helper(t, "sleep 600 & echo $! >>pids; sleep 600 & echo $! >>pids; wait")
	}},
	{name: "a credential helper that stores a login", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		e := newEvil(t)
		return []string{"login", "--username", "me", "--password-stdin", e.host}, c.helper(t, "sleep 600 & echo $! >>pids; wait")
	}, stdin: func(t *testing.T) *os.File {
		r, w := pipe(t)
		_, err := io.WriteString(w, "secret\n")
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return r
	}},
	{name: "another login", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		require.NoError(t, os.MkdirAll(filepath.Join(c.home, ".docker"), 0o700))
		folder, err := os.Open(filepath.Join(c.home, ".docker"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = folder.Close() })
		require.NoError(t, syscall.Flock(int(folder.Fd()), syscall.LOCK_EX))
		return []string{"logout", "127.0.0.1:1"}, soon()
	}},
	{name: "standard input", prepare: func(*testing.T, *command) ([]string, func() bool) {
		return []string{"login", "--username", "me", "--password-stdin", "127.0.0.1:1"}, soon()
	}, stdin: func(t *testing.T) *os.File { r, _ := pipe(t); return r }},
	{name: "a reader of its output", prepare: func(t *testing.T, _ *command) ([]string, func() bool) {
		e := newEvil(t)
		e.image(t, repo, "", strings.Repeat("x", 1<<20))
		raw := e.image(t, repo, "", strings.Repeat("x", 1<<20))
		file := fmt.Sprintf("services:\n  web: {image: '%s/%s@%s'}\n", e.host, repo, digestOf(raw))
		e.composition(t, repo, tag, file)
		return []string{"save", e.host + "/" + repo + ":" + tag, "-"}, soon()
	}, stdout: func(t *testing.T) *os.File { _, w := pipe(t); return w }},
	{name: "docker compose version", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		return []string{"up", "127.0.0.1:1/x:1"}, c.script(t, "docker", "sleep 600 & echo $! >>pids; wait")
	}},
	{name: "docker pull", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		e := newEvil(t)
		b := newBundle(e)
		b.put(t)
		require.Zero(t, c.run("save", e.host+"/"+repo+":"+tag, "saved.tar").status)
		return []string{"load", "--engine", "--listen", "127.0.0.1:0", "./saved.tar"},
			c.script(t, "docker", `test "$1" = version && echo linux/amd64 && exit; sleep 600 & echo $! >>pids; wait`)
	}},
	{name: "cosign", prepare: func(t *testing.T, c *command) ([]string, func() bool) {
		e := newEvil(t)
		e.composition(t, repo, tag, innocent)
		c.write("key.pub", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\nq9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----\n")
		return []string{"pull", "--signature", "key.pub", e.host + "/" + repo + ":" + tag}, c.script(t, "cosign", "sleep 600 & echo $! >>pids; wait")
	}},
}

// TestInterrupt: one signal ends any command soon, no matter what it waits for. Nothing that the
// command started keeps its output open: a script that reads the output would wait.
func TestInterrupt(t *testing.T) {
	type running struct {
		name           string
		waits          func() bool
		signal         os.Signal
		cmd            *exec.Cmd
		ended          chan struct{}
		stdout, stderr bytes.Buffer
	}
	var all []*running
	for _, w := range waits {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			c := newCommand(t)
			args, waits := w.prepare(t, c)
			r := &running{name: fmt.Sprintf("%s/%s", w.name, signal), cmd: exec.Command(program(), args...), ended: make(chan struct{})}
			r.cmd.Dir, r.cmd.Env = c.dir, tooltest.Environ(c.home, c.env...)
			r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
			if w.stdin != nil {
				r.cmd.Stdin = w.stdin(t)
			}
			if w.stdout != nil {
				r.cmd.Stdout = w.stdout(t)
			}
			r.waits, r.signal = waits, signal
			require.NoError(t, r.cmd.Start())
			all = append(all, r)
		}
	}
	for _, r := range all {
		for begin := time.Now(); !r.waits(); time.Sleep(5 * time.Millisecond) {
			require.Less(t, time.Since(begin), patience/6, "%s: %s", r.name, &r.stderr)
		}
		require.NoError(t, r.cmd.Process.Signal(r.signal))
		go func() { defer close(r.ended); _ = r.cmd.Wait() }()
	}
	timeout := time.After(patience / 6)
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			select {
			case <-r.ended:
			case <-timeout:
				_ = r.cmd.Process.Kill()
				timeout = time.After(0)
				require.Fail(t, "it hangs, or its output stays open")
			}
			require.Equal(t, 130, r.cmd.ProcessState.ExitCode(), r.stderr.String())
			require.Contains(t, []string{"", "ocompose: interrupted\n"}, r.stderr.String())
		})
	}
}

// silent returns a registry that does not respond to some requests.
func silent(t *testing.T, pattern string) *evil {
	e := newEvil(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	e.on(pattern, func(http.ResponseWriter, *http.Request) { <-stop })
	return e
}

// basic returns a registry that requires a login.
func basic(t *testing.T) *evil {
	e := newEvil(t)
	e.on("^GET /v2/$", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	})
	return e
}

// nameServer starts a name server that does not respond.
func nameServer(t *testing.T) (address string, asked func() bool) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	packet := make(chan struct{}, 1)
	go func() {
		if _, _, err := server.ReadFrom(make([]byte, 512)); err == nil {
			packet <- struct{}{}
		}
	}()
	return server.LocalAddr().String(), func() bool { return len(packet) > 0 }
}

// listener accepts connections and does not respond.
func listener(t *testing.T) (address string, asked func() bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	connected := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connected <- conn
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return l.Addr().String(), func() bool { return len(connected) > 0 }
}

// fifo makes a FIFO and returns a function that reports whether a process reads it.
func fifo(t *testing.T, path string) (waits func() bool) {
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	return func() bool {
		writer, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = syscall.Close(writer) })
		return true
	}
}

// pipe returns a pipe that stays open until the end of the test.
func pipe(t *testing.T) (r, w *os.File) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// soon reports true after enough time for a command to start: nothing shows that it waits.
func soon() func() bool {
	begin := time.Now()
	return func() bool { return time.Since(begin) > time.Second }
}

// script puts a shell script into PATH, and returns a function that reports whether it has
// started. The processes of the script write their ids to the file pids.
func (c *command) script(t *testing.T, name, script string) (started func() bool) {
	dir := t.TempDir()
	marker, pids := filepath.Join(dir, "started"), filepath.Join(dir, "pids")
	script = strings.ReplaceAll(script, ">>pids", ">>"+pids)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n: >"+marker+"\n"+script+"\n"), 0o700))
	c.env = append(c.env, "PATH="+dir+":"+os.Getenv("PATH"))
	t.Cleanup(func() {
		raw, _ := os.ReadFile(pids)
		for pid := range strings.FieldsSeq(string(raw)) {
			_ = exec.Command("kill", pid).Run()
		}
	})
	return func() bool { _, err := os.Stat(marker); return err == nil }
}

// helper is script for a credential helper, which the configuration names.
func (c *command) helper(t *testing.T, script string) (started func() bool) {
	c.config(map[string]any{"credsStore": "hangs"})
	return c.script(t, "docker-credential-hangs", script)
}
