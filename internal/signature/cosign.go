package signature

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/ocompose/ocompose/internal/store"
)

// A MissingError reports that cosign is needed but not installed.
type MissingError struct{}

func (e *MissingError) Error() string {
	return "the signature policy is a public key, and cosign, which checks it, is not installed or not in PATH"
}

// checkByCosign verifies a signature by key with cosign, without the transparency log:
// whoever has the key is trusted, and a device may not reach the log.
func (p *Policy) checkByCosign(ctx context.Context, s Signed) (Result, error) {
	if _, ok := s.In.(*store.Registry); !ok {
		return Result{}, fmt.Errorf("checking the signature of %s: cosign reads signatures only in registries; files need a Notation trust policy", s.name())
	}
	program, err := exec.LookPath("cosign")
	if err != nil {
		return Result{}, &MissingError{}
	}
	args := []string{"verify", "--key", p.path, "--insecure-ignore-tlog=true"}
	if p.cosign.PlainHTTP {
		args = append(args, "--allow-http-registry")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, append(args, "--", s.name())...)
	cmd.Env, cmd.Stderr = p.cosign.Env, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case errors.As(err, &exit):
		return Result{}, &Error{s.name(), p.path, errors.New("cosign: " + lastLine(stderr.String()))}
	case err != nil:
		return Result{}, fmt.Errorf("running cosign: %w", err)
	}
	return Result{}, nil
}

// lastLine returns the last line of a program's output.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
