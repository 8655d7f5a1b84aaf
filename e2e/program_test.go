package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// program runs ocompose in a folder and a home of its own.
type program struct {
	t testing.TB
	// dir is the current folder, which has the project's files.
	dir  string
	home string
	// env are further environment variables, KEY=VALUE.
	env []string
	// stdin is what the next program reads there; nothing where it is nil.
	stdin io.Reader
}

func newProgram(t testing.TB) *program {
	return &program{t: t, dir: t.TempDir(), home: t.TempDir()}
}

// write puts a file into the current folder.
func (p *program) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.t, os.WriteFile(path, []byte(content), 0o644))
}

// read returns a file's content.
func (p *program) read(name string) string {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
	require.NoError(p.t, err)
	return string(content)
}

// ended is what became of a process.
type ended struct {
	stdout, stderr string
	status         int
}

// run runs ocompose to its end, whatever that is.
func (p *program) run(args ...string) ended {
	p.t.Helper()
	return p.exec("ocompose", args...)
}

// exec runs a program to its end.
func (p *program) exec(path string, args ...string) ended {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = p.dir
	cmd.Env = tooltest.Environ(p.home, p.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, &stdout, &stderr
	err := cmd.Run()
	require.NoError(p.t, ctx.Err(), "%s %s hangs", path, strings.Join(args, " "))
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(p.t, err)
	}
	return ended{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// ok runs ocompose, which has to succeed, and returns its result.
func (p *program) ok(args ...string) string {
	p.t.Helper()
	return p.done("ocompose", args...)
}

// done runs a program, which has to succeed, and returns its standard output.
func (p *program) done(path string, args ...string) string {
	p.t.Helper()
	end := p.exec(path, args...)
	require.Zero(p.t, end.status, "%s %s\n%s%s", filepath.Base(path), strings.Join(args, " "), end.stdout, end.stderr)
	return strings.TrimSuffix(end.stdout, "\n")
}

// inspected is what these tests read of inspect's JSON.
type inspected struct {
	Reference    string
	Digest       string
	Mode         string
	Subject      *struct{ Reference, Digest string }
	Compositions []inspectedComposition
	Bundle       []struct{ Digest, MediaType, Source string }
}

type inspectedComposition struct {
	Digest   string
	Platform string
	Portable bool
	Subject  *struct{ Reference, Digest string }
	Files    []struct{ Name, Kind, Digest string }
	Images   []struct{ Path, Service, Reference, Digest string }
}

// inspect runs ocompose inspect.
func (p *program) inspect(ref string) inspected {
	p.t.Helper()
	var report inspected
	p.decode(&report, "inspect", "-o", "json", ref)
	return report
}

// decode runs ocompose, whose result has to be one JSON document, into out.
func (p *program) decode(out any, args ...string) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal([]byte(p.ok(args...)), out))
}

// last is the composition that Docker Compose reads: the last of the index.
func (r inspected) last() inspectedComposition { return r.Compositions[len(r.Compositions)-1] }

// images are what the composition runs, by service.
func (c inspectedComposition) images() map[string]string {
	all := map[string]string{}
	for _, image := range c.Images {
		all[image.Service] = image.Reference
	}
	return all
}

// anyPlatform is a platform that pull finds something for, whatever machine this
// is.
func (r inspected) anyPlatform() string {
	return cmp.Or(r.Compositions[0].Platform, "linux/amd64")
}
