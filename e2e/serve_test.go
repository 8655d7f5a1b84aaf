package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// served is an ocompose serve under way.
type served struct {
	t       testing.TB
	host    string
	cmd     *exec.Cmd
	rest    io.Reader
	stderr  bytes.Buffer
	stopped bool
}

// serve starts ocompose serve on a free port and waits for the address, which is
// how a script knows that it is ready.
func (p *program) serve(args ...string) *served {
	p.t.Helper()
	return p.serveWith("ocompose", args...)
}

// serveWith is serve with a program at a path.
func (p *program) serveWith(path string, args ...string) *served {
	p.t.Helper()
	s := &served{t: p.t, cmd: exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = p.dir, tooltest.Environ(p.home), &s.stderr
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, s.cmd.Start())
	p.t.Cleanup(func() { s.stop() })
	patient := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer patient.Stop()
	out := bufio.NewReader(stdout)
	s.rest = out
	first, err := out.ReadString('\n')
	if err != nil {
		_, status := s.stop()
		require.NoError(p.t, err, "serve ends with status %d: %s", status, s.stderr.String())
	}
	s.host = strings.TrimSpace(first)
	return s
}

// stop interrupts it, as Ctrl-C does, and returns the rest of its result and its
// exit status.
func (s *served) stop() (rest string, status int) {
	if s.stopped {
		return "", 0
	}
	s.stopped = true
	patient := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer patient.Stop()
	_ = s.cmd.Process.Signal(os.Interrupt)
	out, _ := io.ReadAll(s.rest)
	_ = s.cmd.Wait()
	return string(out), s.cmd.ProcessState.ExitCode()
}

// TestServe: a registry for trying things out, with the address as its result,
// which keeps what it is asked to keep and ends well when it is interrupted.
func TestServe(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	first := p.serve("--dir", "kept")
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, first.host)
	p.writeShop(first.host, platforms...)
	made := p.ok("push", "--bundle", first.host+"/apps/shop:1")
	p.ok("attach", first.host+"/images/web:1")
	require.Len(t, p.referrers(first.host+"/images/web:1"), 3)
	resp, err := remote.Referrers(parse(t, first.host+"/images/web@"+head(t, first.host+"/images/web:1")).Context().Digest(head(t, first.host+"/images/web:1")))
	require.NoError(t, err)
	index, err := resp.IndexManifest()
	require.NoError(t, err)
	require.Len(t, index.Manifests, 1)
	rest, status := first.stop()
	require.Empty(t, rest)
	require.Zero(t, status, first.stderr.String())
	require.Contains(t, first.stderr.String(), "until interrupted")
	require.NotContains(t, first.stderr.String(), "GET")

	// What was pushed is there again, at another address.
	again := p.serve("--dir", "kept", "--quiet")
	_, digest, _ := strings.Cut(made, "@")
	fetch(t, again.host+"/apps/shop@"+digest)
	_, status = again.stop()
	require.Zero(t, status)
	require.Empty(t, again.stderr.String())

	// Without --dir it is forgotten.
	require.DirExists(t, filepath.Join(p.dir, "kept"))
	fresh := p.serve("--access-log")
	_, err = reach(parse(t, fresh.host+"/apps/shop@"+digest))
	require.True(t, isGone(err), "%v", err)
	fresh.stop()
	require.Contains(t, fresh.stderr.String(), "/v2/apps/shop/manifests/"+digest)
}

// TestServeWithoutReferrersAPI imitates registries that have none.
func TestServeWithoutReferrersAPI(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	s := p.serve("--no-referrers-api")
	registrytest.PushImage(t, s.host+"/web:1", registrytest.ImageSpec{})
	p.write("compose.yaml", "services:\n  web: {image: '"+s.host+"/web:1'}\n")
	p.ok("attach", s.host+"/web:1")
	subject := head(t, s.host+"/web:1")
	require.Equal(t, []string{"1", strings.Replace(subject, ":", "-", 1)}, tagsOf(parse(t, s.host+"/web:1").Context()))
	require.Len(t, p.referrers(s.host+"/web:1"), 1)
}

// TestServeJSON prints one document, and is ready by then.
func TestServeJSON(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	s := p.serve("-o", "json")
	rest, status := s.stop()
	require.Zero(t, status)
	var document struct{ Address string }
	require.NoError(t, json.Unmarshal([]byte(s.host+rest), &document))
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, document.Address)
}

// TestServeAFile: what is in a file is served as it was saved, in a tar file and in a folder,
// pointed at where it is served; Docker Compose reads it, and nothing can be pushed.
func TestServeAFile(t *testing.T) {
	t.Parallel()
	c := composetest.New(t)
	source := registrytest.Start(t)
	p := newProgram(t)
	p.writeShop(source.Host, platforms...)
	made := p.ok("push", "--bundle", source.Host+"/team/shop:1.0")
	p.ok("push", source.Host+"/team/loose:1.0")
	p.ok("save", source.Host+"/team/shop:1.0", "shop.tar")
	p.ok("save", source.Host+"/team/shop:1.0", "folder/")
	p.ok("save", source.Host+"/team/loose:1.0", "loose.tar")
	source.Close()
	for file, name := range map[string]string{"shop.tar": "team/shop", "folder": "team/shop", "loose.tar": "team/loose"} {
		s := p.serve(file)
		ref := s.host + "/" + name + ":1.0"
		p.requireWhole(ref)
		for _, image := range c.Images("-f", "oci://"+ref) {
			require.True(t, strings.HasPrefix(image, s.host+"/"+name+"@sha256:"), image)
		}
		if name == "team/shop" {
			_, digest, _ := strings.Cut(made, "@")
			require.Equal(t, digest, p.inspect(s.host+"/"+name+"@"+digest).Digest, "as it was, by its digest")
		} else {
			require.NotEmpty(t, head(t, s.host+"/images/web:1"), "an image under its own name")
		}
		require.NotZero(t, p.run("copy", ref, s.host+"/other:1").status)
		_, status := s.stop()
		require.Zero(t, status)
		require.Contains(t, s.stderr.String(), "docker compose --insecure-registry "+s.host+" -f oci://"+ref+" up")
	}
}
