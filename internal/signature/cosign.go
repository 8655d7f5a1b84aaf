package signature

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ocompose/ocompose/internal/store"
)

// A MissingError reports that cosign is needed but not installed.
type MissingError struct{}

func (e *MissingError) Error() string {
	return "the signature policy is a public key, and cosign, which checks it, is not installed or not in PATH"
}

// noRoot is an empty trusted root. Cosign needs one to verify a bundle, even by key, and fetches
// Sigstore's root otherwise.
//
// See https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto.
const noRoot = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`

// checkByCosign verifies a signature by key with cosign, without the transparency log: the owner
// of the key is trusted, and a device may not reach the log.
func (p *Policy) checkByCosign(ctx context.Context, s Signed) (Result, error) {
	if _, ok := s.In.(*store.Registry); !ok {
		return Result{}, fmt.Errorf("checking the signature of %s: cosign reads signatures only in registries; files need a Notation trust policy", s.name())
	}
	program, err := exec.LookPath("cosign")
	if err != nil {
		return Result{}, &MissingError{}
	}
	dir, err := os.MkdirTemp("", "ocompose-")
	if err != nil {
		return Result{}, fmt.Errorf("running cosign: %w", err)
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "trusted_root.json")
	if err := os.WriteFile(root, []byte(noRoot), 0o600); err != nil {
		return Result{}, fmt.Errorf("running cosign: %w", err)
	}
	stderr, err := p.runCosign(ctx, program, s, "--trusted-root="+root)
	if err != nil && strings.Contains(stderr, "unknown flag") { // before 2.4, which does not support bundles either
		stderr, err = p.runCosign(ctx, program, s)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case errors.As(err, &exit):
		return Result{}, &Error{s.name(), p.path, errors.New("cosign: " + lastLine(stderr))}
	case err != nil:
		return Result{}, fmt.Errorf("running cosign: %w", err)
	}
	return Result{}, nil
}

// grace is how long processes that cosign started may write after it has ended.
const grace = 500 * time.Millisecond

// runCosign runs cosign verify, and returns its messages as errors.
func (p *Policy) runCosign(ctx context.Context, program string, s Signed, flags ...string) (string, error) {
	args := append([]string{"verify", "--key", p.path, "--insecure-ignore-tlog=true"}, flags...)
	if p.cosign.PlainHTTP {
		args = append(args, "--allow-http-registry")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, append(args, "--", s.name())...)
	cmd.Env, cmd.Stderr, cmd.WaitDelay = p.cosign.Env, &stderr, grace
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return stderr.String(), err
}

// lastLine returns the last line of a program's output.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "error during command execution: ")
}
