package enginetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// Maximum waits for the engine. A start takes about a second.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// Engine is a running Docker engine.
type Engine struct {
	// Host is the value of DOCKER_HOST for its clients.
	Host string

	dir     string
	api     *api
	process *exec.Cmd
	exited  chan struct{} // closed when the process has ended, and err is set
	err     error
}

// Start starts an engine that runs until the end of the test. If there is no dockerd, or it can't
// run here, it ends the test with tooltest.Missing. If the test fails, it shows the engine's log.
func Start(t testing.TB) *Engine {
	t.Helper()
	e, err := Try(t)
	if err != nil {
		tooltest.Missing(t, "%v", err)
	}
	return e
}

// Try is Start for a test that does not need an engine: it returns the reason if there is none.
func Try(t testing.TB) (*Engine, error) {
	t.Helper()
	programs := map[string]string{}
	for _, needed := range []string{"dockerd", "containerd", "runc", "iptables"} {
		path, err := tooltest.Find(needed)
		if err != nil {
			return nil, fmt.Errorf("%w; hack/tools.sh installs it", err)
		}
		programs[needed] = path
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("starting a Docker engine takes root")
	}
	endTurn, err := takeTurn()
	if err != nil {
		t.Fatalf("waiting for other Docker engines: %v", err)
	}
	t.Cleanup(endTurn) // runs last, after the engine has ended
	e, err := start(programs["dockerd"])
	if err != nil {
		return nil, fmt.Errorf("no Docker engine can run here: %w", err)
	}
	t.Cleanup(func() {
		if err := e.stop(); err != nil {
			t.Errorf("stopping the Docker engine: %v", err)
		}
		if t.Failed() {
			t.Logf("the Docker engine's log ends with:\n%s", e.logTail(40))
		}
		if err := os.RemoveAll(e.dir); err != nil {
			t.Errorf("removing the Docker engine's data: %v", err)
		}
	})
	return e, nil
}

// Env returns the environment that a client such as composetest.Compose needs.
func (e *Engine) Env() string { return "DOCKER_HOST=" + e.Host }

func start(dockerd string) (*Engine, error) {
	// Not t.TempDir: the path of a Unix socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		return nil, err
	}
	e := &Engine{dir: dir, exited: make(chan struct{})}
	if err := e.run(dockerd); err != nil {
		err = fmt.Errorf("%w\n%s", err, e.logTail(5))
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return e, nil
}

// run starts the process and waits until it responds.
func (e *Engine) run(dockerd string) error {
	socket := filepath.Join(e.dir, "d.sock")
	config := filepath.Join(e.dir, "daemon.json") // instead of the machine's
	if err := os.WriteFile(config, []byte("{}\n"), 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(e.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()

	e.Host = "unix://" + socket
	e.api = newAPI(socket)
	e.process = exec.Command(dockerd,
		"--config-file", config,
		"--data-root", filepath.Join(e.dir, "data"),
		"--exec-root", filepath.Join(e.dir, "exec"),
		"--pidfile", filepath.Join(e.dir, "pid"),
		"--host", e.Host,
		"--log-level", "warn",
		"--storage-driver", "vfs", // works on any file system
		"--bridge", "none",
		"--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
	)
	e.process.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	e.process.Stdout, e.process.Stderr = log, log
	e.process.SysProcAttr = dieWithParent()
	if err := e.process.Start(); err != nil {
		return err
	}
	go func() {
		e.err = e.process.Wait()
		close(e.exited)
	}()
	return e.waitReady()
}

func (e *Engine) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		if err := e.api.call(ctx, http.MethodGet, "/_ping", nil); err == nil {
			return nil
		}
		select {
		case <-e.exited:
			return fmt.Errorf("dockerd ended at once: %w", e.err)
		case <-ctx.Done():
			_ = e.process.Process.Kill()
			<-e.exited
			return fmt.Errorf("dockerd does not answer after %v", startTimeout)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the engine, after removing what tests left in it: networks would remain as bridges of
// the machine.
func (e *Engine) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := e.api.removeAll(ctx)
	_ = e.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.exited:
	case <-time.After(stopTimeout):
		_ = e.process.Process.Kill()
		<-e.exited
		return fmt.Errorf("dockerd had to be killed")
	}
	return err
}

// logTail returns the last lines of the engine's log.
func (e *Engine) logTail(lines int) string {
	log, err := os.ReadFile(filepath.Join(e.dir, "log"))
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
