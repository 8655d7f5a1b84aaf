// Package composetest runs the real Docker Compose for tests, with a separate home folder, cache
// of remote artifacts, configuration and environment for each test.
package composetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// timeout ends a Docker Compose that hangs. Normal runs are much shorter.
const timeout = 5 * time.Minute

// Compose is Docker Compose with a home folder. Set its fields before the first call. A Compose
// serves one test, and its methods end that test if Docker Compose fails.
type Compose struct {
	// Dir is the working directory, for relative -f paths and .env. The default is a new
	// temporary folder.
	Dir string
	// Env are additional environment variables, KEY=VALUE, such as the project's variables, or
	// DOCKER_HOST for an engine.
	Env []string
	// Registries are loopback registries that files refer to, HOST:PORT.
	Registries []string

	t    testing.TB
	path string
	home string
	// flagless is set for versions that may not have --insecure-registry.
	flagless bool
}

// New finds Docker Compose, or ends the test like tooltest.Lookup.
func New(t testing.TB) *Compose {
	t.Helper()
	return &Compose{
		Dir:  t.TempDir(),
		t:    t,
		path: tooltest.Lookup(t, "docker-compose"),
		home: t.TempDir(),
	}
}

// At is New for the program at path, of any version. How it connects to loopback registries is up
// to that version.
func At(t testing.TB, path string) *Compose {
	t.Helper()
	return &Compose{Dir: t.TempDir(), t: t, path: path, home: t.TempDir(), flagless: true}
}

// Home returns the home folder of the user that Docker Compose runs as.
func (c *Compose) Home() string { return c.home }

// Run runs Docker Compose with args and returns its two outputs and its error, for tests that
// expect one. References oci://HOST/… on a loopback host are read over plain HTTP, as ocompose
// does automatically.
func (c *Compose) Run(args ...string) (stdout, stderr []byte, err error) {
	c.t.Helper()
	var out, errs bytes.Buffer
	// Not the test's context, which has ended when its Cleanup stops an application.
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var flags []string
	if !c.flagless {
		flags = c.insecure(args)
	}
	cmd := exec.CommandContext(ctx, c.path, append(flags, args...)...)
	cmd.Dir = c.Dir
	cmd.Env = tooltest.Environ(c.home, c.Env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), errs.Bytes(), fmt.Errorf("running docker-compose %s: %w\n%s", strings.Join(args, " "), err, errs.Bytes())
	}
	return out.Bytes(), errs.Bytes(), nil
}

// Output runs Docker Compose with args and returns its standard output.
func (c *Compose) Output(args ...string) []byte {
	c.t.Helper()
	out, _, err := c.Run(args...)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// Config returns the model that Docker Compose makes of the files and flags in args ("-f",
// "oci://…", "--profile", "…"), as canonical YAML. The project name is always "app": by default
// it would depend on the folder.
func (c *Compose) Config(args ...string) []byte {
	c.t.Helper()
	return c.Output(append(slices.Clone(args), "-p", "app", "config")...)
}

// Images returns the images of the project's services, sorted, each once.
func (c *Compose) Images(args ...string) []string {
	c.t.Helper()
	images := strings.Fields(string(c.Output(append(slices.Clone(args), "config", "--images")...)))
	slices.Sort(images)
	return slices.Compact(images)
}

// insecure returns the flags that make Docker Compose use plain HTTP for the loopback registries
// in args and files.
func (c *Compose) insecure(args []string) []string {
	hosts := slices.Clone(c.Registries)
	for _, arg := range args {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(arg, "--file="), "oci://")
		if !ok {
			continue
		}
		if host, _, _ := strings.Cut(rest, "/"); loopback(host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	var flags []string
	for _, host := range slices.Compact(hosts) {
		flags = append(flags, "--insecure-registry", host)
	}
	return flags
}

func loopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
