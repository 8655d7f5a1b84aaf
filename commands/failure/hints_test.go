package failure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/deployment"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/lock"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
	"github.com/ocompose/ocompose/referrers"
)

// answered is an error response of a registry.
func answered(method, path string, status int) error {
	return fmt.Errorf("doing it: %w", &transport.Error{
		StatusCode: status, Request: &http.Request{Method: method, URL: &url.URL{Scheme: "https", Host: "r.example", Path: path}},
	})
}

// image is an error about an image of a project.
func image(ref string, err error) error {
	return &artifact.ImageError{Place: compose.Image{Service: "web", Ref: ref}, Err: err}
}

// TestHints has one case for each row of the table of failures, in the same order, with its exit
// status and hint.
func TestHints(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("REGISTRY_AUTH_FILE", "")
	t.Setenv("DOCKER_AUTH_CONFIG", "")
	t.Setenv("HOME", t.TempDir())
	manifest, blob := "/v2/app/manifests/1", "/v2/app/blobs/sha256:1"
	problem := func(p compose.Problem) error { return &compose.Error{Problem: p, Err: errors.New("x")} }
	notFound := &store.NotFoundError{What: "x"}
	cases := []struct {
		err  error
		exit int
		try  string // empty: no hint
	}{
		{usage.OfCommand("push", usage.Errorf("x")), ExitUsage, "ocompose push --help"},
		{problem(compose.ProblemVariable), ExitFailed, "--env-file"},
		{problem(compose.ProblemEnvFile), ExitFailed, "--with-env"},
		{problem(compose.ProblemToken), ExitFailed, "--allow-secret"},
		{problem(compose.ProblemSecret), ExitFailed, "--allow-secrets"},
		{problem(compose.ProblemNoProject), ExitFailed, "-f"},
		{image("", artifact.ErrNoImage), ExitFailed, "--image SERVICE=REFERENCE"},
		{&lock.MissingError{Service: "web", Ref: "web:1"}, ExitFailed, "ocompose lock"},
		{&artifact.FormatError{Format: artifact.MargoFormat, Reason: "x"}, ExitFailed, "docs/format.md"},
		{&signature.Error{Err: errors.New("x")}, ExitUnsigned, "sign the digest"},
		{&signature.MissingError{}, ExitFailed, "install cosign"},
		{image("web:1", fmt.Errorf("%w: %w", artifact.ErrNotPushed, notFound)), ExitNotFound, "docker compose build --push"},
		{&artifact.PlatformError{}, ExitFailed, "--platform"},
		{artifact.ErrComposition, ExitFailed, "name a container image"},
		{&publish.ReplaceError{Always: true}, ExitFailed, "another repository or tag"},
		{&publish.ReplaceError{}, ExitFailed, "--force"},
		{&publish.TagTakenError{}, ExitFailed, "--force"},
		{artifact.ErrLegacy, ExitFailed, "OCI 1.1"},
		{&referrers.SubjectRejectedError{}, ExitFailed, "OCI 1.1"},
		{&referrers.AliasError{}, ExitFailed, "ocompose push"},
		{&referrers.ForeignTagError{}, ExitFailed, "what the tag is used for"},
		{&referrers.UnsettledError{}, ExitFailed, "attach it again"},
		{&referrers.DeletionForbiddenError{}, ExitFailed, "enable deletion"},
		{&remove.SharedError{}, ExitFailed, "--all-tags"},
		{&verify.IncompleteError{Reference: "r/a@1", Problems: []report.Problem{{Kind: "layer", Reference: "r/a@2"}}}, ExitIncomplete, "--repair"},
		{&deployment.OtherError{}, ExitFailed, "--project-name"},
		{&deployment.ChangedError{}, ExitFailed, "--force"},
		{&remote.LostError{}, ExitIncomplete, "--repair"},
		{&publish.RestoredError{}, ExitIncomplete, "delete it again"},
		{&pull.UncachedError{At: "r.example/app:1", Err: errors.New("x")}, ExitNotFound, "without --offline"},
		{&docker.MissingError{}, ExitFailed, "PATH"},
		{&archive.ExistsError{}, ExitFailed, "--force"},
		{fmt.Errorf("reading shop.tar.gz: %w", archive.ErrCompressed), ExitFailed, "gunzip"},
		{&file.LeftOutError{Blobs: []v1.Descriptor{{}}, Since: "r/a@1"}, ExitIncomplete, "without --since"},
		{&file.ImagesError{Missing: []string{"x"}}, ExitIncomplete, "ocompose save"},
		{&unpack.HiddenError{}, ExitFailed, "--allow-hidden"},
		{&pull.SettingsError{}, ExitFailed, "--allow-hidden"},
		{&unpack.SizeError{}, ExitFailed, "--max-size"},
		{&publish.NoServiceError{}, ExitFailed, "--service"},
		{&unpack.InTheWayError{}, ExitFailed, "another folder"},
		{&unpack.ExistsError{}, ExitFailed, "--force"},
		{&artifact.NotCompositionError{Is: "a container image"}, ExitFailed, "ocompose referrers"},
		{&artifact.NotCompositionError{Is: "an artifact"}, ExitFailed, ""},
		{&artifact.NotFoundError{}, ExitNotFound, ""},
		{&remote.LocalError{}, ExitFailed, "--insecure-registry"},
		{&remote.RedirectedError{}, ExitFailed, "try again"},
		{&remote.ChallengeError{Err: &transport.Error{StatusCode: 401}}, ExitUnauthorized, "Basic or Bearer"},
		{&LoginError{"r.example", answered("GET", "/v2/", 401)}, ExitUnauthorized, "access token"},
		{image("r.example/web:1@sha256:1", answered("GET", manifest, 404)), ExitNotFound, "the tag has moved"},
		{image("web:1", answered("GET", manifest, 401)), ExitUnauthorized, "this machine's engine"},
		{image("web:1", answered("GET", manifest, 404)), ExitNotFound, "this machine's engine"},
		{answered("GET", "/v2/", 404), ExitFailed, "not a registry"},
		{&remote.CredentialsError{Answer: answered("GET", manifest, 401), Cause: errors.New("x")}, ExitUnauthorized, "credential helper"},
		{answered("GET", manifest, 401), ExitUnauthorized, "ocompose login r.example"},
		{fmt.Errorf("x: %w", remote.ErrPlainHTTP), ExitFailed, "--plain-http"},
		{untrusted(t), ExitFailed, "--ca-file"},
		{&remote.ProxyError{Err: errors.New("x")}, ExitFailed, "HTTPS_PROXY"},
		{&remote.StallError{}, ExitFailed, "--timeout"},
		{image("web:1", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), ExitFailed, "this machine's engine"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, ExitFailed, "name and port"},
		{answered("POST", blob, 405), ExitFailed, "read-only"},
		{answered("GET", manifest, 429), ExitFailed, "limits the rate"},
		{answered("PATCH", blob, 413), ExitFailed, "size of uploads"},
		{answered("PATCH", blob, 507), ExitFailed, "no space left"},
		{answered("PUT", manifest, 503), ExitFailed, "try again later"},
		{answered("GET", blob, 404), ExitNotFound, "ocompose verify"},
		{&store.NotFoundError{What: "x", Err: fs.ErrNotExist}, ExitNotFound, "check the path"},
		{notFound, ExitNotFound, "check the spelling"},
	}
	rows := failures()
	require.Len(t, cases, len(rows), "each kind of failure must have a case")
	for i, c := range cases {
		for before := range i {
			require.False(t, rows[before].is(c.err), "case %d matches the row of case %d", i, before)
		}
		require.True(t, rows[i].is(c.err), "case %d: %v", i, c.err)
		var stderr strings.Builder
		terminal := &terminal.Terminal{Process: terminal.Process{Stderr: &stderr}}
		require.Equal(t, c.exit, Report(t.Context(), terminal, c.err), "case %d", i)
		_, try, _ := strings.Cut(stderr.String(), "  try: ")
		require.Contains(t, try, c.try, "case %d", i)
		require.Equal(t, c.try == "", try == "", "case %d", i)
		require.LessOrEqual(t, strings.Count(stderr.String(), "\n"), 3)
	}
}

func TestHintsForCertificates(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"check this machine's clock":  x509.CertificateInvalidError{Reason: x509.Expired},
		"use a name of the registry":  x509.HostnameError{Certificate: &x509.Certificate{}, Host: "r.example"},
		"trust the authority that si": x509.UnknownAuthorityError{},
	} {
		require.Contains(t, untrustedHint(t.Context(), nil, &tls.CertificateVerificationError{Err: err}), want)
	}
}

// untrusted is the error of an untrusted certificate.
func untrusted(t *testing.T) error {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, err := http.Get(s.URL)
	require.Error(t, err)
	return err
}

// TestHintsForLogins distinguishes a missing login, a rejected one, and one with too few
// permissions.
func TestHintsForLogins(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("REGISTRY_AUTH_FILE", "")
	t.Setenv("DOCKER_AUTH_CONFIG", "")
	t.Setenv("HOME", t.TempDir())
	token := &remote.TokenError{Registry: "r.example", Scopes: []string{"repository:app:pull"}, Err: answered("GET", "/token", 401)}
	request, forbidden := answered("GET", "/v2/app/manifests/1", 401), answered("PUT", "/v2/app/manifests/1", 403)
	hint := func(err error) string { return loginHint(t.Context(), &terminal.Terminal{}, err) }
	for _, err := range []error{token, request, forbidden} {
		require.Equal(t, "log in with ocompose login r.example or docker login: no login is stored yet", hint(err))
	}
	store, err := credentials.Open(os.Getenv)
	require.NoError(t, err)
	registry, err := flags.ParseRegistry([]string{"r.example"})
	require.NoError(t, err)
	_, _, err = store.Put(t.Context(), registry, credentials.Login{Username: "me", Password: "secret"})
	require.NoError(t, err)
	require.Contains(t, hint(token), "the login as me was rejected: renew it with ocompose login r.example")
	require.Contains(t, hint(request), "check the repository's name, or renew the login as me")
	require.Contains(t, hint(forbidden), "check the repository's name: the login as me at r.example")
	for _, err := range []error{token, request, forbidden} {
		require.NotContains(t, hint(err), "secret")
		require.NotContains(t, hint(err), "no login")
	}
}

// hanging is a keychain whose credential helper never answers.
type hanging struct{}

func (hanging) Resolve(authn.Resource) (authn.Authenticator, error) { select {} }

func (hanging) ResolveContext(ctx context.Context, _ authn.Resource) (authn.Authenticator, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestHintsDoNotWait: a hint does not wait for a credential helper that hangs, and does not say
// that there is no login then.
func TestHintsDoNotWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hint := loginHint(ctx, &terminal.Terminal{Logins: hanging{}}, answered("GET", "/v2/app/manifests/1", 401))
	require.Equal(t, "log in with ocompose login r.example or docker login", hint)
}

// TestHintsOfVerify: --repair is suggested only for content that it can push again.
func TestHintsOfVerify(t *testing.T) {
	t.Parallel()
	for want, problems := range map[string][]report.Problem{
		"--repair":      {{Kind: "pin", Reason: "outside of the bundle's repository r/a"}, {Kind: "layer", Reference: "r/a@2"}},
		"onto itself":   {{Kind: "pin", Reason: "outside of the bundle's repository r/a", Reference: "r/b@2"}},
		"copy it onto":  {{Kind: "artifactType", Reference: "r/a@1"}, {Kind: "pin", Reference: "r/b@2"}},
		"--bundle":      {{Kind: "manifest", Reference: "r/b@2"}},
		"push it again": {{Kind: "pin", Reason: "not pinned to a digest"}},
	} {
		err := &verify.IncompleteError{Reference: "r/a@1", Problems: problems}
		require.Contains(t, incompleteHint(t.Context(), nil, err), want)
	}
}

// TestHintsOfLegacyRegistries: the hint fits the command.
func TestHintsOfLegacyRegistries(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{"push": "push it loose", "attach": "use ocompose push", "copy": "use a registry with OCI 1.1"} {
		require.Contains(t, legacyHint(t.Context(), &terminal.Terminal{Command: command}, nil), want)
	}
}

// TestHintsOfFiles: a file that was saved without some content needs it, and another one is damaged.
func TestHintsOfFiles(t *testing.T) {
	t.Parallel()
	for since, want := range map[string]string{"r/a@1": "first load the package", "": "save it again"} {
		require.Contains(t, leftOutHint(t.Context(), nil, &file.LeftOutError{Since: since}), want)
	}
}
