package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
)

func newLogin(t *terminal) *cli.Command {
	return t.build(command{
		name:  "login",
		usage: "log in to a registry",
		args:  "[REGISTRY]",
		description: "Checks the login with the registry and stores it where Docker does: with the credential\n" +
			"helper that Docker's config.json names, or else in that file; or in REGISTRY_AUTH_FILE,\n" +
			"Podman's, if that is set. Without REGISTRY, logs in to Docker Hub. Asks for what is not\n" +
			"given if there is a terminal.",
		examples: []string{"ocompose login --username me --password-stdin registry.example.com < password.txt"},
		formats:  []string{"json"},
		document: report.LoggedIn{},
		ownLogin: true,
		flags: []cli.Flag{
			&cli.BoolFlag{Name: "identity-token-stdin", Usage: "read an identity token from stdin, in place of a name and a password"},
		},
		apart: [][2]string{{"identity-token-stdin", "password-stdin"}, {"identity-token-stdin", "username"}},
		run: func(c call) error {
			registry, err := parseRegistry(c.args)
			if err != nil {
				return err
			}
			client, err := t.client(c)
			if err != nil {
				return err
			}
			login, err := t.askForLogin(c, registry)
			if err != nil {
				return err
			}
			checked, err := client.CheckLogin(c.ctx, registry, authn.AuthConfig{
				Username: login.Username, Password: login.Password, IdentityToken: login.IdentityToken,
			})
			if err != nil {
				return refusedLogin(registry, err)
			}
			return t.keepLogin(c, registry, login, checked)
		},
	})
}

// A loginError tells that a registry refuses a login that was typed.
type loginError struct {
	registry string
	err      error
}

func (e *loginError) Error() string {
	return fmt.Sprintf("%s refuses the login: the name, the password or the token is wrong: %v", e.registry, e.err)
}

func (e *loginError) Unwrap() error { return e.err }

// refusedLogin says of an error of CheckLogin that it is about what was typed.
func refusedLogin(registry name.Registry, err error) error {
	if !remote.IsUnauthorized(err) {
		return err
	}
	return &loginError{credentials.Name(registry), err}
}

// keepLogin keeps a login that the registry did not refuse.
func (t *terminal) keepLogin(c call, registry name.Registry, login credentials.Login, checked bool) error {
	store, err := credentials.Open(t.getenv)
	if err != nil {
		return err
	}
	where, plain, err := store.Put(registry, login)
	if err != nil {
		return err
	}
	result := report.LoggedIn{Registry: credentials.Name(registry), Username: login.Username, Checked: checked, Store: where}
	switch {
	case !checked:
		t.warn(fmt.Sprintf("%s asks for no login: the password was not checked", result.Registry))
	case plain:
		t.note("logged in to %s; the password is kept unencrypted in %s", result.Registry, where)
	default:
		t.note("logged in to %s; the password is kept by %s", result.Registry, where)
	}
	if credentials.EnvironmentHas(registry, t.getenv) {
		t.warn("the environment variable DOCKER_AUTH_CONFIG has another login, which is used instead")
	}
	if c.format == "json" {
		return t.printJSON(result)
	}
	return nil
}

// parseRegistry reads the registry that a command is about: Docker Hub without one.
func parseRegistry(args []string) (name.Registry, error) {
	if len(args) == 0 {
		return name.NewRegistry(name.DefaultRegistry)
	}
	err := reference.CheckHost(args[0])
	if err == nil {
		var registry name.Registry
		if registry, err = name.NewRegistry(args[0]); err == nil {
			return registry, nil
		}
	}
	return name.Registry{}, insteadf("registry %q: %v", reference.Shown(args[0]), err)
}

// askForLogin takes a login from the flags, and asks for what they leave out.
func (t *terminal) askForLogin(c call, registry name.Registry) (login credentials.Login, err error) {
	if c.flags.Bool("identity-token-stdin") {
		login.IdentityToken, err = t.readSecret("identity token")
		return login, err
	}
	login.Username = c.flags.String("username")
	if c.flags.Bool("password-stdin") {
		if login.Username == "" {
			return login, insteadf("--password-stdin needs --username NAME")
		}
		login.Password, err = t.readSecret("password")
		return login, err
	}
	keyboard, ok := t.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(keyboard.Fd())) {
		return login, insteadf("there is no terminal to ask for the password on: use --username NAME --password-stdin")
	}
	return t.prompt(c.ctx, keyboard, registry, login)
}

// prompt asks for a name and a password.
func (t *terminal) prompt(ctx context.Context, keyboard *os.File, registry name.Registry, login credentials.Login) (credentials.Login, error) {
	if login.Username == "" {
		fmt.Fprintf(t.Stderr, "Name for %s: ", credentials.Name(registry))
		line, err := interruptible(ctx, keyboard, func() (string, error) { return readLineOf(keyboard) })
		if err != nil {
			return login, err
		}
		if login.Username = strings.TrimSpace(line); login.Username == "" {
			return login, insteadf("the name is empty")
		}
	}
	fmt.Fprintf(t.Stderr, "Password for %s at %s: ", printable(login.Username), credentials.Name(registry))
	secret, err := interruptible(ctx, keyboard, func() (string, error) {
		raw, err := term.ReadPassword(int(keyboard.Fd()))
		return string(raw), err
	})
	fmt.Fprintln(t.Stderr)
	if err != nil {
		return login, err
	}
	if secret == "" {
		return login, insteadf("the password is empty")
	}
	login.Password = secret
	return login, nil
}

// interruptible reads from a terminal until ctx ends, and leaves the terminal as it was.
func interruptible(ctx context.Context, keyboard *os.File, read func() (string, error)) (string, error) {
	state, err := term.GetState(int(keyboard.Fd()))
	if err != nil {
		return "", err
	}
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-ctx.Done():
		return "", errors.Join(context.Cause(ctx), term.Restore(int(keyboard.Fd()), state))
	}
}

// readLineOf reads a line byte by byte: what follows it is for the next question.
func readLineOf(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < maxSecret; {
		n, err := r.Read(one)
		switch {
		case n > 0 && one[0] == '\n':
			return string(line), nil
		case n > 0:
			line = append(line, one[0])
		case err != nil:
			return string(line), err
		}
	}
	return "", errors.New("the line is too long")
}
