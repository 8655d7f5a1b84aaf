package dockercompose

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// versionsEnv is a folder with versions of Docker Compose, VERSION/docker-compose.
const versionsEnv = "OCOMPOSE_COMPOSE_VERSIONS"

// TestComposeVersions checks each version of Docker Compose with each kind of composition, and
// compares the results with the table in the README.
func TestComposeVersions(t *testing.T) {
	dir := os.Getenv(versionsEnv)
	if dir == "" {
		t.Skip("needs several versions of Docker Compose: make compose-versions")
	}
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	secure, plain := pushForVersions(t, true), pushForVersions(t, false)
	found, err := filepath.Glob(filepath.Join(dir, "*", "docker-compose"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, path := range found {
		version := strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "v")
		t.Run(version, func(t *testing.T) {
			cells := []string{version}
			for i := range secure {
				cells = append(cells, read(t, path, secure[i], plain[i]))
			}
			require.Contains(t, string(readme), "| "+strings.Join(cells, " | ")+" |\n")
		})
	}
}

// A versioned is a composition with the expected result in Docker Compose.
type versioned struct {
	name     string
	ref      string            // the index
	portable string            // the portable composition alone
	images   map[string]string // by service
	files    map[string]string // content by path in the container, of service web
	// authority is the file with the registry's certificate; empty for plain HTTP.
	authority string
}

// pushForVersions pushes one composition of each kind: loose, bundled, with files. Old versions
// use plain HTTP for loopback registries, and later ones HTTPS unless a flag is set.
func pushForVersions(t *testing.T, secure bool) []versioned {
	server := registrytest.Start(t)
	host, authority := server.Host, ""
	p := programtest.New(t)
	p.WriteShop(host)
	if secure {
		front := httptest.NewTLSServer(server.Handler())
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(front.Close)
		p.Write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})))
		host, authority = front.Listener.Addr().String(), filepath.Join(p.Dir, "ca.pem")
		p.Env = []string{"SSL_CERT_FILE=" + authority}
		p.Write("compose.yaml", strings.ReplaceAll(programtest.Shop, "HOST", host))
	}
	push := func(name string, args ...string) versioned {
		p.OK(args...)
		ref := args[len(args)-1]
		v := versioned{name: name, authority: authority, ref: ref, portable: strings.TrimSuffix(ref, ":1") + ":portable"}
		v.images = p.Inspect(v.ref).Last().ImagesByService()
		return v
	}
	all := []versioned{
		push("loose", "push", "--portable-tag", "portable", host+"/apps/loose:1"),
		push("bundled", "push", "--bundle", "--portable-tag", "portable", host+"/apps/bundled:1"),
	}
	p.Write("compose.yaml", fmt.Sprintf(`services:
  web:
    image: %[1]s/images/web:1
    volumes: ["./web.conf:/etc/web.conf:ro", "./conf.d:/etc/conf.d:ro"]
    configs: [motd]
    env_file: web.env
configs:
  motd: {file: motd.txt}
`, host))
	content := map[string]string{"/etc/web.conf": "web\n", "/etc/conf.d/a.conf": "a\n", "/etc/conf.d/sub/b.conf": "b\n", "motd": "hello\n"}
	p.Write("web.conf", "web\n")
	p.Write("conf.d/a.conf", "a\n")
	p.Write("conf.d/sub/b.conf", "b\n")
	p.Write("motd.txt", "hello\n")
	p.Write("web.env", "GREETING=hello\n")
	files := push("files", "push", "--with-env", "--portable-tag", "portable", host+"/apps/files:1")
	files.files = content
	return append(all, files)
}

// read returns how the version at path reads a composition, from any of the registries: from the
// index, only from the portable composition, or not at all.
func read(t *testing.T, path string, all ...versioned) string {
	t.Helper()
	for _, way := range []string{"yes", "portable tag"} {
		for _, v := range all {
			ref := v.ref
			if way != "yes" {
				ref = v.portable
			}
			c := composetest.At(t, path)
			if v.authority != "" {
				c.Env = []string{"SSL_CERT_FILE=" + v.authority}
			}
			err := v.reads(t, c, ref)
			if err == nil {
				return way
			}
			t.Logf("%s: %v", v.name, err)
		}
	}
	return "no"
}

// reads compares what Docker Compose loads from a reference with the expected content.
func (v versioned) reads(t *testing.T, c *composetest.Compose, ref string) error {
	t.Helper()
	out, _, err := c.Run("-f", "oci://"+ref, "-p", "app", "--profile", "*", "config", "--format", "json")
	if err != nil {
		return err
	}
	var model struct {
		Services map[string]struct {
			Image       string
			Environment map[string]string
			Volumes     []struct{ Type, Source, Target string }
		}
		Configs map[string]struct{ File, Content string }
	}
	if err := json.Unmarshal(out, &model); err != nil {
		return err
	}
	images := map[string]string{}
	for name, service := range model.Services {
		images[name] = service.Image
	}
	if !maps.Equal(images, v.images) {
		return fmt.Errorf("images %v instead of %v", images, v.images)
	}
	if v.files == nil {
		return nil
	}
	sources := map[string]string{"motd": model.Configs["motd"].File}
	for _, volume := range model.Services["web"].Volumes {
		if volume.Type == "bind" {
			sources[volume.Target] = volume.Source
		}
	}
	for target, want := range v.files {
		content, err := os.ReadFile(sources[target])
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if string(content) != want {
			return fmt.Errorf("%s has %q", target, content)
		}
	}
	if got := model.Services["web"].Environment["GREETING"]; got != "hello" {
		return fmt.Errorf("the environment file gives %q", got)
	}
	return nil
}
