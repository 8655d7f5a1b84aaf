package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// A MissingError reports that a program is not installed.
type MissingError struct {
	// Program is its name.
	Program string
}

func (e *MissingError) Error() string { return e.Program + " is not installed, or not in PATH" }

// A Docker runs programs.
type Docker struct {
	// Env is the environment of the programs, as from os.Environ.
	Env []string
	// Dir is the folder that they run in.
	Dir string
	// Stdin, Stdout and Stderr are the standard streams of the programs.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Platform returns the platform of the engine, as os/architecture.
func (d Docker) Platform(ctx context.Context) (string, error) {
	out, err := d.output(ctx, "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}")
	return strings.TrimSpace(out), err
}

// Pull makes the engine pull an image for a platform, or for its own platform if that is
// empty.
func (d Docker) Pull(ctx context.Context, ref, platform string) error {
	args := []string{"pull", "--quiet"}
	if platform != "" {
		args = append(args, "--platform", platform)
	}
	_, err := d.output(ctx, append(args, "--", ref)...)
	return err
}

// ComposeCommand returns the command that runs Docker Compose, to which its arguments are
// appended.
func (d Docker) ComposeCommand(ctx context.Context) ([]string, error) {
	if _, err := d.output(ctx, "compose", "version"); err == nil {
		path, err := exec.LookPath("docker")
		return []string{path, "compose"}, err
	}
	if path, err := exec.LookPath("docker-compose"); err == nil {
		return []string{path}, nil
	}
	return nil, &MissingError{"Docker Compose"}
}

// Run runs a program with the standard streams. A non-zero exit status is an
// [exec.ExitError].
func (d Docker) Run(ctx context.Context, program string, args ...string) error {
	cmd := d.command(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = d.Stdin, d.Stdout, d.Stderr
	return cmd.Run()
}

// grace is how long processes that a program started may write after it has ended.
const grace = 500 * time.Millisecond

func (d Docker) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = d.Env, d.Dir, grace
	return cmd
}

// output runs docker and returns its output. The error includes the last line of stderr.
func (d Docker) output(ctx context.Context, args ...string) (string, error) {
	const program = "docker"
	cmd := d.command(ctx, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrWaitDelay):
		return stdout.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", &MissingError{program}
	case err != nil:
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, lines[len(lines)-1])
	}
	return stdout.String(), nil
}
