// Package keystore calls credential helpers: the programs docker-credential-NAME that store logins.
// Docker's own package for them waits until all processes that a helper started have ended, cannot
// be interrupted, and lets these processes keep the output of this process open.
package keystore

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/docker/cli/cli/config/types"
	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"
)

// tokenUser is the user name under which helpers store identity tokens.
const tokenUser = "<token>"

// grace is how long the processes that a helper started may write after it has ended.
const grace = 500 * time.Millisecond

// Get returns the login that the helper called docker-credential-NAME stores under a key, usually
// the host of a registry. It is empty if there is none.
func Get(ctx context.Context, name, key string) (types.AuthConfig, error) {
	stored, err := client.Get(programs(ctx, name), key)
	switch {
	case ctx.Err() != nil:
		return types.AuthConfig{}, ctx.Err()
	case credentials.IsErrCredentialsNotFound(err):
		return types.AuthConfig{}, nil
	case err != nil:
		return types.AuthConfig{}, err
	case stored.Username == tokenUser:
		return types.AuthConfig{IdentityToken: stored.Secret, ServerAddress: key}, nil
	}
	return types.AuthConfig{Username: stored.Username, Password: stored.Secret, ServerAddress: key}, nil
}

// Store makes a helper store a login under its server address.
func Store(ctx context.Context, name string, login types.AuthConfig) error {
	c := credentials.Credentials{ServerURL: login.ServerAddress, Username: login.Username, Secret: login.Password}
	if login.IdentityToken != "" {
		c.Username, c.Secret = tokenUser, login.IdentityToken
	}
	return endedOr(ctx, client.Store(programs(ctx, name), &c))
}

// Erase makes a helper remove the login under a key.
func Erase(ctx context.Context, name, key string) error {
	return endedOr(ctx, client.Erase(programs(ctx, name), key))
}

// endedOr returns the error of a context that has ended, or else another error.
func endedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// A program is one run of a helper. It implements client.Program.
type program struct{ cmd *exec.Cmd }

func programs(ctx context.Context, name string) client.ProgramFunc {
	return func(args ...string) client.Program {
		cmd := exec.CommandContext(ctx, "docker-credential-"+name, args...)
		// A writer that is not a file is connected by a pipe, so that no process can keep stderr
		// open after this process.
		cmd.Stderr, cmd.WaitDelay = struct{ io.Writer }{os.Stderr}, grace
		return &program{cmd}
	}
}

// Output runs the helper and returns its standard output.
func (p *program) Output() ([]byte, error) {
	out, err := p.cmd.Output()
	if errors.Is(err, exec.ErrWaitDelay) { // it succeeded, and left processes that keep its output open
		err = nil
	}
	return out, err
}

// Input sets the standard input of the helper.
func (p *program) Input(in io.Reader) { p.cmd.Stdin = in }
