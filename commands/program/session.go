package program

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// NetworkFlags returns the flags for connections to registries.
func NetworkFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "jobs", Usage: "maximum concurrent requests, `N`", Value: remote.DefaultJobs},
		&cli.BoolFlag{Name: "plain-http", Usage: "allow plain HTTP for all registries, not only for those on this machine"},
		&cli.StringSliceFlag{Name: "insecure-registry", Usage: "allow plain HTTP and unverified TLS for the registry `HOST[:PORT]`"},
		&cli.BoolFlag{Name: "insecure-skip-tls-verify", Usage: "do not verify the TLS certificates of any registry"},
		&cli.StringFlag{Name: "ca-file", Usage: "also trust the certificate authorities in the PEM `FILE`"},
		&cli.StringFlag{Name: "username", Aliases: []string{"u"}, Usage: "log in as `NAME` for this command only, to the registry of its last reference"},
		&cli.BoolFlag{Name: "password-stdin", Usage: "read the password for --username from stdin"},
		&cli.DurationFlag{Name: "timeout", Usage: "fail a request that makes no progress for `TIME`", Value: remote.DefaultTimeout},
		&cli.StringFlag{Name: "progress", Usage: "show progress as `MODE`: auto, plain, json, none", Value: string(progress.Auto)},
		&cli.BoolFlag{Name: "debug", Usage: "log every request to stderr, without secrets"},
	}
}

// explainOwnLogin changes the usage of the login flags for the command that stores the login.
func explainOwnLogin(flags []cli.Flag) {
	for _, f := range flags {
		if f, ok := f.(*cli.StringFlag); ok && f.Name == "username" {
			f.Usage = "log in as `NAME`"
		}
	}
}

// session returns a session that the flags configure.
func (c Call) session() (*session.Session, error) {
	config, err := mirrors.Default()
	if err != nil {
		return nil, err
	}
	client, err := c.Client(remote.WithInsecureHosts(config.IsInsecure))
	if err != nil {
		return nil, err
	}
	var observe func(transfer.Event)
	if c.t.Progress != nil {
		observe = c.t.Progress.Transfer
	}
	return session.New(client, observe, session.WithMirrors(config)), nil
}

// Client returns the registry client that the flags and the environment configure.
func (c Call) Client(options ...remote.Option) (*remote.Client, error) {
	if err := checkEnvironment(c.t); err != nil {
		return nil, err
	}
	connection, err := connection(c.t, c.Flags)
	if err != nil {
		return nil, err
	}
	options = append(options,
		remote.WithJobs(c.Flags.Int("jobs")),
		remote.WithPlainHTTP(c.Flags.Bool("plain-http")),
		remote.WithUserAgent("ocompose/"+terminal.BuildInfo().Version),
		remote.WithConnection(connection),
		remote.WithTimeout(c.Flags.Duration("timeout")),
	)
	keychain, err := c.keychain()
	if err != nil {
		return nil, err
	}
	if keychain == nil {
		keychain = remote.DefaultKeychain()
	}
	c.t.Logins = keychain // a hint must not call a credential helper again
	options = append(options, remote.WithKeychain(keychain))
	if c.t.ShowProgress(progress.Mode(c.Flags.String("progress"))); c.t.Progress != nil {
		options = append(options, remote.WithObserver(c.t.Progress.Wire))
	}
	return remote.New(options...), nil
}

// connection returns the flags' connection settings.
func connection(t *terminal.Terminal, c *cli.Context) (remote.Connection, error) {
	connection := remote.Connection{
		SkipVerify:    c.Bool("insecure-skip-tls-verify"),
		InsecureHosts: c.StringSlice("insecure-registry"),
	}
	if c.Bool("debug") {
		connection.Log = func(e remote.Exchange) { logExchange(t, e) }
	}
	file := c.String("ca-file")
	if file == "" {
		return connection, nil
	}
	pem, err := limits.ReadFile(t.Path(file))
	if err != nil {
		return connection, usage.Insteadf("--ca-file %q: %v", file, errors.Unwrap(err))
	}
	if connection.RootCAs, err = x509.SystemCertPool(); err != nil {
		connection.RootCAs = x509.NewCertPool()
	}
	if !connection.RootCAs.AppendCertsFromPEM(pem) {
		return connection, usage.Insteadf("--ca-file %q: it contains no PEM certificate, which begins with -----BEGIN CERTIFICATE-----", file)
	}
	return connection, nil
}

// logExchange logs a request.
func logExchange(t *terminal.Terminal, e remote.Exchange) {
	took := e.Took.Round(time.Millisecond)
	switch {
	case e.Err != nil:
		t.Note("debug: %s %s: %v after %s", e.Method, e.URL, e.Err, took)
	case e.Bytes >= 0:
		t.Note("debug: %s %s: %d after %s, %d bytes", e.Method, e.URL, e.Status, took, e.Bytes)
	default:
		t.Note("debug: %s %s: %d after %s", e.Method, e.URL, e.Status, took)
	}
}

// keychain returns the login from the flags, followed by the stored logins; nil if the flags
// give no login.
func (c Call) keychain() (authn.Keychain, error) {
	if !c.Flags.IsSet("username") && !c.Flags.Bool("password-stdin") || c.ownLogin {
		return nil, nil
	}
	if !c.Flags.IsSet("username") || !c.Flags.Bool("password-stdin") {
		return nil, usage.Insteadf("--username and --password-stdin must be used together: give both, or use ocompose login")
	}
	registry, ok := lastRegistry(c.references)
	if !ok {
		return nil, usage.Insteadf("--username needs a reference to a registry, and there is none")
	}
	password, err := ReadSecret(c.t, "password")
	if err != nil {
		return nil, err
	}
	login := authn.FromConfig(authn.AuthConfig{Username: c.Flags.String("username"), Password: password})
	return authn.NewMultiKeychain(oneLogin{registry, login}, remote.DefaultKeychain()), nil
}

// lastRegistry returns the registry of the last argument that is a reference.
func lastRegistry(args []string) (name.Registry, bool) {
	for i := len(args) - 1; i >= 0; i-- {
		first, _, err := flags.SplitTags(args[i])
		if err != nil {
			continue
		}
		if ref, err := reference.Parse(first); err == nil {
			return ref.Context().Registry, true
		}
	}
	return name.Registry{}, false
}

// oneLogin is a keychain with the login to one registry.
type oneLogin struct {
	registry name.Registry
	login    authn.Authenticator
}

// Resolve implements authn.Keychain.
func (k oneLogin) Resolve(target authn.Resource) (authn.Authenticator, error) {
	if target.RegistryStr() != k.registry.RegistryStr() {
		return authn.Anonymous, nil
	}
	return k.login, nil
}

// MaxSecret is the maximum size of a password or token in bytes.
const MaxSecret = 64 << 10

// ReadSecret reads a secret from standard input: one line, without its line break.
func ReadSecret(t *terminal.Terminal, what string) (string, error) {
	raw, err := terminal.ReadUpTo(t.Stdin, MaxSecret)
	if err != nil {
		return "", fmt.Errorf("reading the %s from standard input: %w", what, err)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case secret == "":
		return "", usage.Insteadf("the %s on standard input is empty", what)
	case strings.ContainsAny(secret, "\r\n\x00"):
		return "", usage.Insteadf("standard input must contain only the %s, in one line", what)
	}
	return secret, nil
}
