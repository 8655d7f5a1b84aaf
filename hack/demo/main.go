// Command demo shows the main use of ocompose without a network: it starts the embedded
// registry, fills it with two small images, and runs ocompose against it as a user would,
// and explains each step.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/demo"
	"github.com/ocompose/ocompose/internal/registry"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run serves a registry, shows the tour on it, and cleans up.
func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "ocompose-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	handler, err := registry.New()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- registry.Serve(serving, listener, handler) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()

	host := listener.Addr().String()
	if _, err := demo.Push(ctx, host, nil); err != nil {
		return err
	}
	project := filepath.Join(dir, "shop")
	if err := os.Mkdir(project, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(project, "compose.yaml"), []byte(composeFile(host)), 0o644); err != nil {
		return err
	}
	return tour(ctx, shell{dir: project, out: os.Stdout}, host)
}

// composeFile is the application that the tour packages.
func composeFile(host string) string {
	return strings.ReplaceAll(`# A shop: what its users see, and where it keeps what they buy.
services:
  web:
    image: ${REGISTRY:-HOST}/images/web:1.0   # the front
    ports: ["8080:80"]
    depends_on: [db]
  db:
    image: "HOST/images/db:17"
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?set a password}
`, "HOST", host)
}

// tour runs the main commands, one after the other.
func tour(ctx context.Context, sh shell, host string) error {
	sh.say("A Compose project, and a registry on this machine with its two images, each for two platforms.")
	if err := sh.show("compose.yaml"); err != nil {
		return err
	}
	steps := []struct {
		text string
		args []string
	}{
		{"Push it loose: the Compose file does not change, and image-digests.yaml pins every image.",
			[]string{"push", host + "/shop:loose"}},
		{"Its contents: a composition for each platform, and a portable one.",
			[]string{"inspect", host + "/shop:loose"}},
		{"Attach it to the web image, which does not change; no tag is needed.",
			[]string{"attach", host + "/images/web:1.0"}},
		{"Find it again from the image's tag.",
			[]string{"referrers", "-o", "tree", host + "/images/web:1.0"}},
		{"Bundle it: the images are copied to one repository, and the Compose file points there.",
			[]string{"push", "--bundle", host + "/shop:1.0"}},
		{"The bundle contains all its images.",
			[]string{"images", host + "/shop:1.0"}},
		{"Pull the bundle into a folder, for docker compose -f.",
			[]string{"pull", "-d", "device", host + "/shop:1.0"}},
	}
	for _, step := range steps {
		if err := sh.run(ctx, step.text, step.args...); err != nil {
			return err
		}
	}
	return sh.show("device/compose.yaml")
}

// A shell runs ocompose in a folder and shows its output.
type shell struct {
	dir string
	out *os.File
}

func (s shell) say(text string) { fmt.Fprintf(s.out, "\n# %s\n", text) }

// run shows a command and runs it.
func (s shell) run(ctx context.Context, text string, args ...string) error {
	s.say(text)
	fmt.Fprintf(s.out, "$ ocompose %s\n", strings.Join(args, " "))
	status := commands.Main(ctx, args, commands.Process{
		Stdin: new(bytes.Reader), Stdout: s.out, Stderr: s.out, Environ: os.Environ(), Dir: s.dir,
	})
	if status != 0 {
		return fmt.Errorf("ocompose %s: exit status %d", args[0], status)
	}
	return nil
}

// show prints a file of the folder.
func (s shell) show(name string) error {
	content, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "$ cat %s\n%s", name, content)
	return nil
}
