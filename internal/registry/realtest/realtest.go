// Package realtest starts real registry programs on loopback for tests. If a program is not installed, the test is
// skipped with the reason, or fails in CI.
package realtest

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// Distribution starts distribution 3 (the program registry, in the tools folder or in PATH) with its own storage and
// deletion enabled, and returns its host and port. It stops when the test ends.
func Distribution(t testing.TB, opts ...Option) string {
	t.Helper()
	return start(t, tooltest.Lookup(t, "registry"), opts)
}

// DockerRegistry starts docker-registry 2.8, as packaged by Debian, like [Distribution] for distribution 3.
func DockerRegistry(t testing.TB, opts ...Option) string {
	t.Helper()
	return start(t, tooltest.Lookup(t, "docker-registry"), opts)
}

// An Option changes how a registry is started.
type Option func(*settings)

type settings struct {
	dir    string
	delete bool
}

// WithDelete sets whether manifests and blobs may be deleted; the default is true.
func WithDelete(enabled bool) Option { return func(s *settings) { s.delete = enabled } }

// WithDir stores the registry's content in dir instead of a temporary folder.
func WithDir(dir string) Option { return func(s *settings) { s.dir = dir } }

// listening matches the address in the log of both versions.
var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:[0-9]+)`)

const patience = 30 * time.Second

func start(t testing.TB, program string, opts []Option) string {
	t.Helper()
	s := settings{delete: true}
	for _, o := range opts {
		o(&s)
	}
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	config := filepath.Join(t.TempDir(), "config.yml")
	if err := os.WriteFile(config, []byte(s.config()), 0o600); err != nil {
		t.Fatalf("writing the registry's configuration: %v", err)
	}

	cmd := exec.Command(program, "serve", config)
	cmd.Env = append(environ(), "OTEL_TRACES_EXPORTER=none")
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	log := &tail{ready: make(chan string, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		log.follow(reader)
	}()
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", program, err)
	}
	var result error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result = cmd.Wait()
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		<-read
		if t.Failed() {
			t.Logf("the end of %s's log:\n%s", filepath.Base(program), log.String())
		}
	})

	deadline := time.Now().Add(patience)
	select {
	case host := <-log.ready:
		await(t, host, deadline)
		return host
	case <-ended:
		<-read
		t.Fatalf("%s ended before it listened: %v\n%s", program, result, log.String())
	case <-time.After(patience):
		t.Fatalf("%s does not listen after %v\n%s", program, patience, log.String())
	}
	return ""
}

// environ returns this process's environment without variables that configure the registry.
func environ() []string {
	var kept []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "REGISTRY_") && !strings.HasPrefix(kv, "OTEL_") {
			kept = append(kept, kv)
		}
	}
	return kept
}

func (s settings) config() string {
	deletion := "false"
	if s.delete {
		deletion = "true"
	}
	return `version: 0.1
log:
  level: info
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: '` + s.dir + `'
  delete:
    enabled: ` + deletion + `
  maintenance:
    uploadpurging:
      enabled: false
http:
  addr: 127.0.0.1:0
  secret: only-for-tests
`
}

// await polls until the registry responds.
func await(t testing.TB, host string, deadline time.Time) {
	t.Helper()
	client := http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for {
		resp, err := client.Get("http://" + host + "/v2/")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v", host, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A tail keeps the end of a log and finds the address in it.
type tail struct {
	ready chan string
	mu    sync.Mutex
	lines []string
}

const tailLines = 200

func (l *tail) follow(r io.Reader) {
	found := false
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if m := listening.FindStringSubmatch(line); m != nil && !found {
			found = true
			l.ready <- m[1]
		}
		l.mu.Lock()
		if l.lines = append(l.lines, line); len(l.lines) > tailLines {
			l.lines = l.lines[1:]
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}
