package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// versionsEnv names a folder with programs of Docker Compose, VERSION/docker-compose.
const versionsEnv = "OCOMPOSE_COMPOSE_VERSIONS"

// TestComposeVersions has each version of Docker Compose read each kind of composition, and
// compares what it reads with the table in the README.
func TestComposeVersions(t *testing.T) {
	dir := os.Getenv(versionsEnv)
	if dir == "" {
		t.Skip("needs several versions of Docker Compose: make compose-versions")
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	compositions := pushForVersions(t)
	found, err := filepath.Glob(filepath.Join(dir, "*", "docker-compose"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, path := range found {
		version := strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "v")
		t.Run(version, func(t *testing.T) {
			cells := []string{version}
			for _, c := range compositions {
				cells = append(cells, c.read(t, path))
			}
			require.Contains(t, string(readme), "| "+strings.Join(cells, " | ")+" |\n")
		})
	}
}

// A versioned is a composition with what Docker Compose has to make of it.
type versioned struct {
	name     string
	ref      string            // the index
	portable string            // the portable composition alone
	images   map[string]string // by service
	files    map[string]string // content by path in the container, of service web
}

// pushForVersions pushes one composition of each kind: loose, bundled, attached, with files.
func pushForVersions(t *testing.T) []versioned {
	host := registrytest.Start(t).Host
	p := newProgram(t)
	p.writeShop(host, platforms...)
	push := func(name string, args ...string) versioned {
		p.ok(args...)
		ref := args[len(args)-1]
		v := versioned{name: name, ref: ref, portable: strings.TrimSuffix(ref, ":1") + ":portable"}
		v.images = p.inspect(v.ref).last().images()
		return v
	}
	all := []versioned{
		push("loose", "push", "--portable-tag", "portable", host+"/apps/loose:1"),
		push("bundled", "push", "--bundle", "--portable-tag", "portable", host+"/apps/bundled:1"),
	}
	p.write("compose.yaml", fmt.Sprintf(`services:
  web:
    image: %[1]s/images/web:1
    volumes: ["./web.conf:/etc/web.conf:ro", "./conf.d:/etc/conf.d:ro"]
    configs: [motd]
    env_file: web.env
configs:
  motd: {file: motd.txt}
`, host))
	content := map[string]string{"/etc/web.conf": "web\n", "/etc/conf.d/a.conf": "a\n", "/etc/conf.d/sub/b.conf": "b\n", "motd": "hello\n"}
	p.write("web.conf", "web\n")
	p.write("conf.d/a.conf", "a\n")
	p.write("conf.d/sub/b.conf", "b\n")
	p.write("motd.txt", "hello\n")
	p.write("web.env", "GREETING=hello\n")
	files := push("files", "push", "--with-env", "--portable-tag", "portable", host+"/apps/files:1")
	files.files = content
	return append(all, files)
}

// read tells how the version at path reads a composition: from the index, from the portable
// composition alone, or not at all.
func (v versioned) read(t *testing.T, path string) string {
	t.Helper()
	for _, way := range []struct{ ref, name string }{{v.ref, "yes"}, {v.portable, "portable tag"}} {
		err := v.reads(t, composetest.At(t, path), way.ref)
		if err == nil {
			return way.name
		}
		t.Logf("%s: %v", v.name, err)
	}
	return "no"
}

// reads compares what Docker Compose makes of a reference with what it is.
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
