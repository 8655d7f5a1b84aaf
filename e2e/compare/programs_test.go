package compare

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/enginetest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// A program copies a job's images.
type program struct {
	name string
	// run returns the commands, which run sequentially, or in parallel.
	run func(j job) [][]string
	// parallel runs all commands in parallel.
	parallel bool
	// within is set if it copies only within one registry.
	within bool
	// env is added to its environment, KEY=VALUE.
	env []string
}

// programs returns the installed programs.
func programs(t *testing.T) []program {
	all := own(t)
	for _, find := range []func(*testing.T) ([]program, error){
		copier("crane", func(p, from, to string) []string { return []string{p, "copy", "--insecure", from, to} }),
		copier("oras", func(p, from, to string) []string {
			return []string{p, "cp", "--from-plain-http", "--to-plain-http", from, to}
		}),
		copier("regctl", func(p, from, to string) []string {
			return []string{p, "--host", "reg=" + host(from) + ",tls=disabled", "--host", "reg=" + host(to) + ",tls=disabled", "image", "copy", from, to}
		}),
		copier("skopeo", func(p, from, to string) []string {
			return []string{p, "copy", "-q", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", "docker://" + from, "docker://" + to}
		}),
		dockerCompose,
	} {
		found, err := find(t)
		if err != nil {
			t.Logf("skipped: %v", err)
		}
		all = append(all, found...)
	}
	return all
}

func host(ref string) string { h, _, _ := strings.Cut(ref, "/"); return h }

// build builds this program and returns its path.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ocompose")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/ocompose/ocompose").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// own returns this program, built here, and the build in OCOMPOSE_COMPARE_WITH, if set.
func own(t *testing.T) []program {
	path := build(t)
	all := []program{{name: "ocompose", run: push(path)}, {name: "ocompose --jobs 32", run: push(path, "--jobs", "32")}}
	if other := os.Getenv(otherBuild); other != "" {
		all = append(all, program{name: "ocompose of " + otherBuild, run: push(other)})
	}
	return all
}

// push runs ocompose push --bundle.
func push(path string, flags ...string) func(job) [][]string {
	return func(j job) [][]string {
		args := append([]string{path, "push", "-q", "--bundle", "-f", filepath.Join(j.dir, "compose.yaml")}, flags...)
		return [][]string{append(args, j.to+":1")}
	}
}

// copier returns a program that copies one image per call, with sequential calls and with
// parallel calls.
func copier(name string, args func(program, from, to string) []string) func(*testing.T) ([]program, error) {
	return func(*testing.T) ([]program, error) {
		path, err := tooltest.Find(name)
		if err != nil {
			return nil, err
		}
		run := func(j job) [][]string {
			var all [][]string
			for i, from := range j.images {
				all = append(all, args(path, from, fmt.Sprintf("%s:i%d", j.to, i)))
			}
			return all
		}
		return []program{{name: name, run: run}, {name: name + ", in parallel", run: run, parallel: true}}, nil
	}
}

// dockerCompose is docker compose publish --app, which gets the images' digests from an engine,
// and uses plain HTTP only for the target registry.
func dockerCompose(t *testing.T) ([]program, error) {
	path, err := tooltest.Find("docker-compose")
	if err != nil {
		return nil, err
	}
	engine, err := enginetest.Try(t)
	if err != nil {
		return nil, fmt.Errorf("docker compose: %w", err)
	}
	return []program{{name: "docker compose publish --app", within: true, env: []string{engine.Env()}, run: func(j job) [][]string {
		return [][]string{{path, "-f", filepath.Join(j.dir, "compose.yaml"), "publish", "-y", "--app", "--insecure-registry", j.to + ":1"}}
	}}}, nil
}
