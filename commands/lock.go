package commands

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/lock"
)

// The formats of lock.
const (
	lockCompose = "compose"
	lockCarvel  = "imageslock"
)

func newLock(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "lock",
		Usage: "print the digests of a project's images, for push --locked",
		Description: "Resolves the images of the local Compose project, and prints a Compose override that pins\n" +
			"them as push does in image-digests.yaml; with --output imageslock, prints an ImagesLock\n" +
			"for Carvel's tools. Nothing is pushed.",
		Examples: []string{"ocompose lock -f compose.yaml >image-digests.yaml"},
		Outputs:  []string{lockCompose, lockCarvel},
		Flags: append(flags.Project(),
			&cli.StringFlag{Name: "platform", Usage: "pin the manifests for `OS/ARCH[/VARIANT]`, instead of the images for all platforms"},
		),
		Run: func(c program.Call) error {
			source, err := c.ProjectOptions()
			if err != nil {
				return err
			}
			platform, err := flags.OnePlatform(c.Flags)
			if err != nil {
				return err
			}
			project, err := compose.Load(c.Ctx, source)
			if err != nil {
				return err
			}
			pins, err := c.Session.Pins(c.Ctx, project, platform)
			if err != nil {
				return err
			}
			content, err := lockContent(c, project, pins)
			if err != nil {
				return err
			}
			return t.PrintContent(content)
		},
	})
}

// lockContent is what lock prints.
func lockContent(c program.Call, project *compose.Project, pins compose.Pins) ([]byte, error) {
	if c.Output == lockCarvel {
		return lock.ImagesLock(project, pins)
	}
	files, err := project.Pin(c.Ctx, pins)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Kind == compose.ComposeFile && f.Name == compose.PinsFile {
			return f.Content, nil
		}
	}
	return []byte("services: {}\n"), nil // it has no images
}

// applyLock pins the images of a project to the digests in the --locked file, if it is given.
func applyLock(t *terminal.Terminal, c program.Call, project *compose.Project) (*compose.Project, error) {
	path := c.Flags.String("locked")
	if path == "" {
		return project, nil
	}
	f, err := os.Open(t.Path(path))
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, lock.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	l, err := lock.Read(c.Ctx, content)
	if err != nil {
		return nil, fmt.Errorf("reading the lock %s: %w", path, err)
	}
	pinned, unused, err := l.Apply(project)
	if err != nil {
		return nil, err
	}
	for _, name := range unused {
		t.Warn(fmt.Sprintf("the lock %s has %s, which is not in the project", path, name))
	}
	return pinned, nil
}
