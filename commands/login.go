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

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
)

func newLogin(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "login",
		Usage: "log in to a registry",
		Args:  "[REGISTRY]",
		Description: "Checks the login with the registry and stores it like docker login: with the credential\n" +
			"helper in Docker's config.json, or else in that file. If REGISTRY_AUTH_FILE is set, that\n" +
			"file is used, as by Podman. Without REGISTRY, logs in to Docker Hub. On a terminal,\n" +
			"prompts for missing values.",
		Examples: []string{"ocompose login --username me --password-stdin registry.example.com < password.txt"},
		Outputs:  []string{"json"},
		Document: report.LoggedIn{},
		OwnLogin: true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "identity-token-stdin", Usage: "read an identity token from stdin, instead of a name and a password"},
		},
		Apart: [][2]string{{"identity-token-stdin", "password-stdin"}, {"identity-token-stdin", "username"}},
		Run: func(c program.Call) error {
			registry, err := flags.ParseRegistry(c.Args)
			if err != nil {
				return err
			}
			client, err := c.Client()
			if err != nil {
				return err
			}
			login, err := askForLogin(t, c, registry)
			if err != nil {
				return err
			}
			checked, err := client.CheckLogin(c.Ctx, registry, authn.AuthConfig{
				Username: login.Username, Password: login.Password, IdentityToken: login.IdentityToken,
			})
			if err != nil {
				return refusedLogin(registry, err)
			}
			return keepLogin(t, c, registry, login, checked)
		},
	})
}

// refusedLogin marks an authorization error of CheckLogin as caused by the typed credentials.
func refusedLogin(registry name.Registry, err error) error {
	if !remote.IsUnauthorized(err) {
		return err
	}
	return &failure.LoginError{Registry: credentials.Name(registry), Err: err}
}

// keepLogin stores a login that the registry did not reject.
func keepLogin(t *terminal.Terminal, c program.Call, registry name.Registry, login credentials.Login, checked bool) error {
	store, err := credentials.Open(t.Getenv)
	if err != nil {
		return err
	}
	where, plain, err := store.Put(c.Ctx, registry, login)
	if err != nil {
		return err
	}
	result := report.LoggedIn{Registry: credentials.Name(registry), Username: login.Username, Checked: checked, Store: where}
	switch {
	case !checked:
		t.Warn(fmt.Sprintf("%s requires no login: the password was not checked", result.Registry))
	case plain:
		t.Note("logged in to %s; the password is stored unencrypted in %s", result.Registry, where)
	default:
		t.Note("logged in to %s; the password is stored by %s", result.Registry, where)
	}
	if credentials.EnvironmentHas(registry, t.Getenv) {
		t.Warn("the environment variable DOCKER_AUTH_CONFIG has another login, which is used instead")
	}
	if c.Output == "json" {
		return t.PrintJSON(result)
	}
	return nil
}

// askForLogin reads a login from the flags, and prompts for missing values.
func askForLogin(t *terminal.Terminal, c program.Call, registry name.Registry) (login credentials.Login, err error) {
	if c.Flags.Bool("identity-token-stdin") {
		login.IdentityToken, err = program.ReadSecret(t, "identity token")
		return login, err
	}
	login.Username = c.Flags.String("username")
	if c.Flags.Bool("password-stdin") {
		if login.Username == "" {
			return login, usage.Insteadf("--password-stdin needs --username NAME")
		}
		login.Password, err = program.ReadSecret(t, "password")
		return login, err
	}
	keyboard, ok := t.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(keyboard.Fd())) {
		return login, usage.Insteadf("there is no terminal to prompt for the password: use --username NAME --password-stdin")
	}
	return prompt(c.Ctx, t, keyboard, registry, login)
}

// prompt asks for a name and a password.
func prompt(ctx context.Context, t *terminal.Terminal, keyboard *os.File, registry name.Registry, login credentials.Login) (credentials.Login, error) {
	if login.Username == "" {
		fmt.Fprintf(t.Stderr, "Name for %s: ", credentials.Name(registry))
		line, err := interruptible(ctx, keyboard, func() (string, error) { return readLineOf(keyboard) })
		if err != nil {
			return login, err
		}
		if login.Username = strings.TrimSpace(line); login.Username == "" {
			return login, usage.Insteadf("the name is empty")
		}
	}
	fmt.Fprintf(t.Stderr, "Password for %s at %s: ", console.Printable(login.Username), credentials.Name(registry))
	secret, err := interruptible(ctx, keyboard, func() (string, error) {
		raw, err := term.ReadPassword(int(keyboard.Fd()))
		return string(raw), err
	})
	fmt.Fprintln(t.Stderr)
	if err != nil {
		return login, err
	}
	if secret == "" {
		return login, usage.Insteadf("the password is empty")
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

// readLineOf reads a line byte by byte: the rest is for the next prompt.
func readLineOf(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < program.MaxSecret; {
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

func newLogout(t *terminal.Terminal) *cli.Command {
	return program.Build(t, program.Command{
		Name:  "logout",
		Usage: "remove the login to a registry",
		Args:  "[REGISTRY]",
		Description: "Removes the login that ocompose login stored. Without REGISTRY, logs out of\n" +
			"Docker Hub.",
		Examples: []string{"ocompose logout registry.example.com"},
		Outputs:  []string{"json"},
		Document: report.LoggedOut{},
		Local:    true,
		Run: func(c program.Call) error {
			registry, err := flags.ParseRegistry(c.Args)
			if err != nil {
				return err
			}
			store, err := credentials.Open(t.Getenv)
			if err != nil {
				return err
			}
			found, err := store.Remove(c.Ctx, registry)
			if err != nil {
				return err
			}
			called := credentials.Name(registry)
			if !found {
				t.Note("no login to %s in %s", called, store.Path())
			}
			if left, err := authn.Resolve(c.Ctx, remote.DefaultKeychain(), registry); err == nil && left != authn.Anonymous {
				t.Warn("another login to " + called + " is stored elsewhere and still used: see REGISTRY_AUTH_FILE, DOCKER_AUTH_CONFIG and podman logout")
			}
			if c.Output == "json" {
				return t.PrintJSON(report.LoggedOut{Registry: called, Found: found})
			}
			return nil
		},
	})
}
