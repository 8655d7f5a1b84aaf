package commands

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/lock"
)

// The formats of lock.
const (
	lockCompose = "compose"
	lockCarvel  = "imageslock"
)

func newLock(t *terminal) *cli.Command {
	return t.build(command{
		name:  "lock",
		usage: "print the digests of a project's images, for push --locked",
		description: "Resolves the images of the Compose project here, and prints a Compose override that pins\n" +
			"them as a push would, image-digests.yaml; with --output imageslock an ImagesLock for\n" +
			"Carvel's tools. Nothing is pushed.",
		examples: []string{"ocompose lock -f compose.yaml >image-digests.yaml"},
		formats:  []string{lockCompose, lockCarvel},
		flags: append(projectFlags(),
			&cli.StringFlag{Name: "platform", Usage: "pin the manifests for `OS/ARCH[/VARIANT]`, instead of the images for all platforms"},
		),
		run: func(c call) error {
			source, err := t.projectOptions(c)
			if err != nil {
				return err
			}
			platform, err := onePlatform(c.flags)
			if err != nil {
				return err
			}
			project, err := compose.Load(c.ctx, source)
			if err != nil {
				return err
			}
			pins, err := c.session.Pins(c.ctx, project, platform)
			if err != nil {
				return err
			}
			content, err := lockContent(c, project, pins)
			if err != nil {
				return err
			}
			_, err = t.Stdout.Write(content)
			return err
		},
	})
}

// lockContent is what lock prints.
func lockContent(c call, project *compose.Project, pins compose.Pins) ([]byte, error) {
	if c.format == lockCarvel {
		return lock.ImagesLock(project, pins)
	}
	files, err := project.Pin(c.ctx, pins)
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

// lockedFlag takes the digests of images from a file.
func lockedFlag() cli.Flag {
	return &cli.StringFlag{Name: "locked", Usage: "take the digests of all images from `FILE`: what lock or docker compose config --lock-image-digests wrote, or an ImagesLock"}
}

// locked pins the images of a project to what the file of --locked says, if it is given.
func (t *terminal) locked(c call, project *compose.Project) (*compose.Project, error) {
	path := c.flags.String("locked")
	if path == "" {
		return project, nil
	}
	f, err := os.Open(t.path(path))
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, lock.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	l, err := lock.Read(c.ctx, content)
	if err != nil {
		return nil, fmt.Errorf("reading the lock %s: %w", path, err)
	}
	pinned, unused, err := l.Apply(project)
	if err != nil {
		return nil, err
	}
	for _, name := range unused {
		t.warn(fmt.Sprintf("the lock %s has %s, which the project has not", path, name))
	}
	return pinned, nil
}
