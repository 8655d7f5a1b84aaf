package commands

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// networkFlags say how a command talks to registries.
func networkFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "jobs", Usage: "maximum concurrent requests, `N`", Value: remote.DefaultJobs},
		&cli.BoolFlag{Name: "plain-http", Usage: "allow plain HTTP for all registries, not only for those on this machine"},
		&cli.StringSliceFlag{Name: "insecure-registry", Usage: "allow plain HTTP and unverified TLS for the registry `HOST[:PORT]`"},
		&cli.BoolFlag{Name: "insecure-skip-tls-verify", Usage: "do not verify the TLS certificates of any registry"},
		&cli.StringFlag{Name: "ca-file", Usage: "also trust the certificate authorities in the PEM `FILE`"},
		&cli.StringFlag{Name: "username", Aliases: []string{"u"}, Usage: "log in as `NAME` for this command only, to the registry of its last reference"},
		&cli.BoolFlag{Name: "password-stdin", Usage: "read the password for --username from stdin"},
		&cli.DurationFlag{Name: "timeout", Usage: "give up a request that makes no progress for `TIME`", Value: remote.DefaultTimeout},
		&cli.StringFlag{Name: "progress", Usage: "show progress as `MODE`: auto, plain, json, none", Value: string(progress.Auto)},
		&cli.BoolFlag{Name: "debug", Usage: "log every request on stderr, without secrets"},
	}
}

// explainOwnLogin says what the flags for a login do in the command that keeps it.
func explainOwnLogin(flags []cli.Flag) {
	for _, f := range flags {
		if f, ok := f.(*cli.StringFlag); ok && f.Name == "username" {
			f.Usage = "log in as `NAME`"
		}
	}
}

// session returns the registries as the flags want them.
func (t *terminal) session(c call) (*action.Session, error) {
	config, err := mirrors.Default()
	if err != nil {
		return nil, err
	}
	client, err := t.client(c, remote.WithInsecureHosts(config.IsInsecure))
	if err != nil {
		return nil, err
	}
	var observe func(transfer.Event)
	if t.progress != nil {
		observe = t.progress.Transfer
	}
	return action.NewSession(client, observe, action.WithMirrors(config)), nil
}

// client returns the client for registries that the flags and the environment ask for.
func (t *terminal) client(c call, options ...remote.Option) (*remote.Client, error) {
	if err := t.checkEnvironment(); err != nil {
		return nil, err
	}
	connection, err := t.connection(c.flags)
	if err != nil {
		return nil, err
	}
	options = append(options,
		remote.WithJobs(c.flags.Int("jobs")),
		remote.WithPlainHTTP(c.flags.Bool("plain-http")),
		remote.WithUserAgent("ocompose/"+buildInfo().Version),
		remote.WithConnection(connection),
		remote.WithTimeout(c.flags.Duration("timeout")),
	)
	keychain, err := t.keychain(c)
	if err != nil {
		return nil, err
	}
	if t.logins = keychain; keychain != nil {
		options = append(options, remote.WithKeychain(keychain))
	}
	if t.showProgress(progress.Mode(c.flags.String("progress"))); t.progress != nil {
		options = append(options, remote.WithObserver(t.progress.Wire))
	}
	return remote.New(options...), nil
}

// connection is what the flags say of connections.
func (t *terminal) connection(c *cli.Context) (remote.Connection, error) {
	connection := remote.Connection{
		SkipVerify:    c.Bool("insecure-skip-tls-verify"),
		InsecureHosts: c.StringSlice("insecure-registry"),
	}
	if c.Bool("debug") {
		connection.Log = t.logExchange
	}
	file := c.String("ca-file")
	if file == "" {
		return connection, nil
	}
	pem, err := os.ReadFile(t.path(file))
	if err != nil {
		return connection, insteadf("--ca-file %q: %v", file, errors.Unwrap(err))
	}
	if connection.RootCAs, err = x509.SystemCertPool(); err != nil {
		connection.RootCAs = x509.NewCertPool()
	}
	if !connection.RootCAs.AppendCertsFromPEM(pem) {
		return connection, insteadf("--ca-file %q: it has no certificate in PEM form, which begins with -----BEGIN CERTIFICATE-----", file)
	}
	return connection, nil
}

// logExchange tells of a request.
func (t *terminal) logExchange(e remote.Exchange) {
	took := e.Took.Round(time.Millisecond)
	switch {
	case e.Err != nil:
		t.note("debug: %s %s: %v after %s", e.Method, e.URL, e.Err, took)
	case e.Bytes >= 0:
		t.note("debug: %s %s: %d after %s, %d bytes", e.Method, e.URL, e.Status, took, e.Bytes)
	default:
		t.note("debug: %s %s: %d after %s", e.Method, e.URL, e.Status, took)
	}
}

// keychain is the login that the flags ask for, before those that are kept; nil where they
// ask for none.
func (t *terminal) keychain(c call) (authn.Keychain, error) {
	if !c.flags.IsSet("username") && !c.flags.Bool("password-stdin") || c.ownLogin {
		return nil, nil
	}
	if !c.flags.IsSet("username") || !c.flags.Bool("password-stdin") {
		return nil, insteadf("--username and --password-stdin go together: give both, or use ocompose login")
	}
	registry, ok := lastRegistry(c.references)
	if !ok {
		return nil, insteadf("--username logs in to the registry of a reference, and there is none here")
	}
	password, err := t.readSecret("password")
	if err != nil {
		return nil, err
	}
	login := authn.FromConfig(authn.AuthConfig{Username: c.flags.String("username"), Password: password})
	return authn.NewMultiKeychain(oneLogin{registry, login}, remote.DefaultKeychain()), nil
}

// lastRegistry is the registry of the last argument that is a reference to one.
func lastRegistry(args []string) (name.Registry, bool) {
	for i := len(args) - 1; i >= 0; i-- {
		first, _, err := splitTags(args[i])
		if err != nil {
			continue
		}
		if ref, err := reference.Parse(first); err == nil {
			return ref.Context().Registry, true
		}
	}
	return name.Registry{}, false
}

// oneLogin is the login to one registry.
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

// maxSecret is more than any password or token has, in bytes.
const maxSecret = 64 << 10

// readSecret reads a secret from standard input: one line, whose end is no part of it.
func (t *terminal) readSecret(what string) (string, error) {
	raw, err := readUpTo(t.Stdin, maxSecret)
	if err != nil {
		return "", fmt.Errorf("reading the %s from standard input: %w", what, err)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case secret == "":
		return "", insteadf("the %s on standard input is empty", what)
	case strings.ContainsAny(secret, "\r\n\x00"):
		return "", insteadf("standard input has more than the %s: it takes one line", what)
	}
	return secret, nil
}
