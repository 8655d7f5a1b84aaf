package e2e

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/internal/programtest"
)

func (s *script) status(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "status N COMMAND...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitStatus(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("%s exits with %d instead of %d", strings.Join(args[1:], " "), got, want)
	}
	if args[1] == "ocompose" && want != 0 {
		requireFailure(ts, want == 4 || want == 1 && args[2] == "diff")
	}
}

// told matches the lines that a failure may print: the error, a hint, and how much was copied.
var told = regexp.MustCompile(`^(ocompose|warning|  try): \S|^copied \d+ manifests?`)

// requireFailure checks what all failures have in common: no result, except from verify or diff,
// and on stderr the error and at most one hint.
func requireFailure(ts *testscript.TestScript, found bool) {
	if stdout := ts.ReadFile("stdout"); stdout != "" && !found {
		ts.Fatalf("a failure must have no result:\n%s", stdout)
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	hints := 0
	for _, line := range lines {
		if !told.MatchString(line) {
			ts.Fatalf("unexpected line on stderr: %q", line)
		}
		if strings.HasPrefix(line, "  try: ") {
			hints++
		}
	}
	if hints > 1 {
		ts.Fatalf("stderr has %d hints", hints)
	}
}

// exitStatus is the status of a process that ended with err.
func exitStatus(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

func (s *script) interrupt(ts *testscript.TestScript, args []string) {
	need(ts, args, 3, "interrupt METHOD PATH COMMAND...")
	arrived, release := s.block(args[0], args[1])
	defer release()
	program, err := exec.LookPath(args[2])
	ts.Check(err)
	cmd := exec.Command(program, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = s.environ(ts)
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timeout := time.NewTimer(programtest.Patience)
	defer timeout.Stop()
	select {
	case <-arrived:
	case err := <-ended:
		ts.Fatalf("%s ended before the request %s %s: %v", args[2], args[0], args[1], err)
	case <-timeout.C:
		_ = cmd.Process.Kill()
		<-ended
		ts.Fatalf("%s sent no request %s %s", args[2], args[0], args[1])
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-ended:
		if got := exitStatus(ts, err); got != 130 {
			ts.Fatalf("interrupted, %s exits with %d", args[2], got)
		}
	case <-timeout.C:
		_ = cmd.Process.Kill()
		<-ended
		ts.Fatalf("%s does not end after an interrupt", args[2])
	}
}

// environ is the part of the script's environment that ocompose uses.
func (s *script) environ(ts *testscript.TestScript) []string {
	var env []string
	for _, key := range []string{"PATH", "HOME", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "TMPDIR", "GOCOVERDIR", "REG", "SOURCE_DATE_EPOCH", "COMPOSE_FILE"} {
		if value := ts.Getenv(key); value != "" {
			env = append(env, key+"="+value)
		}
	}
	return env
}
