package failure

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/deployment"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/lock"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/signature"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
	"github.com/ocompose/ocompose/referrers"
)

// A failure is a kind of error, with its exit status and its hint.
type failure struct {
	is   func(error) bool
	exit int
	hint hint
}

// A hint returns what the user can try after an error, or an empty string if nothing is
// known to help. It ends with ctx.
type hint func(ctx context.Context, t *terminal.Terminal, err error) string

// say returns a hint with a fixed text.
func say(text string) hint {
	return func(context.Context, *terminal.Terminal, error) string { return text }
}

// failures returns the kinds of errors; the first match applies.
func failures() []failure {
	return []failure{
		{is[*usage.Error], ExitUsage, usageHint},
		{problem(compose.ProblemVariable), ExitFailed, say("set the variable in the environment, in .env or with --env-file")},
		{problem(compose.ProblemEnvFile), ExitFailed, say("--with-env packages the files of env_file")},
		{problem(compose.ProblemToken), ExitFailed, say("use a variable or a secret instead, or --allow-secret with its name or file if it may be public")},
		{problem(compose.ProblemSecret), ExitFailed, say("use a variable instead, or --allow-secret NAME if it is not a secret, --allow-secrets for all")},
		{problem(compose.ProblemNoProject), ExitFailed, say("name the file with -f")},
		{wraps(artifact.ErrNoImage), ExitFailed, say("name the built image with --image SERVICE=REFERENCE, or those of all built services with --image '*=HOST/{service}:TAG'; --bundle --from-docker copies them from this machine's engine")},
		{is[*lock.MissingError], ExitFailed, say("check what changed, and update the lock with ocompose lock")},
		{is[*artifact.FormatError], ExitFailed, say("ocompose push --help and docs/format.md describe what the format supports; ocompose copy copies such a package unchanged")},
		{is[*signature.Error], ExitUnsigned, say("sign the digest that push prints, as a signer that the policy trusts")},
		{is[*signature.MissingError], ExitFailed, say("install cosign, or use a Notation trust policy, which needs no other program")},
		{wraps(artifact.ErrNotPushed), ExitNotFound, say("push built images with docker compose build --push, or name an image in a registry with --image; --bundle --from-docker copies it from this machine's engine")},
		{is[*artifact.PlatformError], ExitFailed, say("use --platform with platforms that all images have")},
		{wraps(artifact.ErrComposition), ExitFailed, say("name a container image; package a composition from its own Compose files")},
		{isReplaced(true), ExitFailed, say("choose another repository or tag for the composition")},
		{isReplaced(false), ExitFailed, say("choose another tag, or use --force to replace it")},
		{is[*publish.TagTakenError], ExitFailed, say("choose another tag, or use --force to move it")},
		{wraps(artifact.ErrLegacy), ExitFailed, legacyHint},
		{is[*referrers.SubjectRejectedError], ExitFailed, legacyHint},
		{is[*referrers.AliasError], ExitFailed, say("the registry can't store referrers: use ocompose push, which needs only a tag")},
		{is[*referrers.ForeignTagError], ExitFailed, say("check what the tag is used for, and delete it if nothing needs it")},
		{is[*referrers.UnsettledError], ExitFailed, say("attach it again; entries that are listed already are kept")},
		{is[*referrers.DeletionForbiddenError], ExitFailed, say("enable deletion in the registry, or delete it in the registry's own interface")},
		{is[*remove.SharedError], ExitFailed, say("--all-tags deletes it with all its tags")},
		{is[*verify.IncompleteError], ExitIncomplete, incompleteHint},
		{is[*deployment.OtherError], ExitFailed, say("choose another name with --project-name, or another folder with --folder")},
		{is[*deployment.ChangedError], ExitFailed, say("move your version away, or use --force to replace it")},
		{is[*remote.LostError], ExitIncomplete, say("push it again with --repair; existing content is not sent again")},
		{is[*publish.RestoredError], ExitIncomplete, say("push it again with --repair if you need it, or delete it again")},
		{is[*pull.UncachedError], ExitNotFound, say("run it once without --offline while the registry can be reached")},
		{is[*docker.MissingError], ExitFailed, say("install it, or add its folder to PATH")},
		{is[*archive.ExistsError], ExitFailed, say("use --force to replace it")},
		{wraps(archive.ErrCompressed), ExitFailed, say("only ocompose load reads compressed files: for anything else, decompress it with gunzip or zstd -d")},
		{is[*file.LeftOutError], ExitIncomplete, leftOutHint},
		{is[*file.ImagesError], ExitIncomplete, say("save it again with ocompose save, which includes all images")},
		{is[*unpack.HiddenError], ExitFailed, say("use --allow-hidden to write them, if you trust the author of the composition")},
		{is[*pull.SettingsError], ExitFailed, say("use --allow-hidden to write it, if you trust the author of the composition")},
		{is[*unpack.SizeError], ExitFailed, say("use --max-size to set another limit")},
		{is[*publish.NoServiceError], ExitFailed, say("name the services that run the image with --service")},
		{is[*unpack.InTheWayError], ExitFailed, say("move it away, or choose another folder with -d; --force does not replace folders")},
		{is[*unpack.ExistsError], ExitFailed, say("choose another folder with -d, or use --force to replace the files")},
		{isImage, ExitFailed, say("ocompose referrers lists the compositions that are attached to an image")},
		{is[*artifact.NotCompositionError], ExitFailed, say("")},
		{is[*artifact.NotFoundError], ExitNotFound, say("")},
		{is[*remote.LocalError], ExitFailed, say("to use this address, allow it with --insecure-registry HOST:PORT")},
		{is[*remote.RedirectedError], ExitFailed, say("try again; if it persists, ask the registry's operator: credentials are never sent to other hosts")},
		{is[*remote.ChallengeError], ExitUnauthorized, say("ask the registry's operator for a login with Basic or Bearer authentication")},
		{is[*LoginError], ExitUnauthorized, say("many registries require an access token instead of the password")},
		{isGone, ExitNotFound, say("the tag has moved and the pinned image was deleted: push the composition again; --bundle keeps its images")},
		{both(is[*artifact.ImageError], remote.IsUnauthorized), ExitUnauthorized, localImageHint},
		{both(is[*artifact.ImageError], store.IsNotFound), ExitNotFound, say("check the spelling of the name and the tag; an image that is only on this machine's engine must be pushed first")},
		{isNoRegistry, ExitFailed, say("check the host and the port: the server there is not a registry")},
		{isWithoutCredentials, ExitUnauthorized, say("install the credential helper, or remove it from the configuration file and log in again")},
		{remote.IsUnauthorized, ExitUnauthorized, loginHint},
		{wraps(remote.ErrPlainHTTP), ExitFailed, say("if you trust the network, allow unencrypted HTTP with --plain-http or --insecure-registry HOST")},
		{remote.IsUntrusted, ExitFailed, untrustedHint},
		{is[*remote.ProxyError], ExitFailed, say("check HTTPS_PROXY and HTTP_PROXY, which have the form http://HOST:PORT; NO_PROXY=HOST bypasses the proxy")},
		{is[*remote.StallError], ExitFailed, say("check that the registry is up, and try again; --timeout gives it more time")},
		{both(is[*artifact.ImageError], remote.IsUnreachable), ExitFailed, say("check the registry in the image's name; an image that is only on this machine's engine must be pushed first")},
		{remote.IsUnreachable, ExitFailed, say("check the registry's name and port, and that it is running and reachable from here")},
		{isReadOnly, ExitFailed, say("the registry or this repository is read-only: push to another one")},
		{answers(http.StatusTooManyRequests), ExitFailed, say("the registry limits the rate of requests: try again later, or with fewer --jobs")},
		{answers(http.StatusRequestEntityTooLarge), ExitFailed, say("the registry, or a proxy in front of it, limits the size of uploads: ask its operator")},
		{answers(http.StatusInsufficientStorage), ExitFailed, say("the registry has no space left: ask its operator")},
		{answers(http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout), ExitFailed, say("the registry has an internal error: try again later")},
		{isPart, ExitNotFound, say("ocompose verify lists the missing parts of a composition")},
		{both(store.IsNotFound, wraps(fs.ErrNotExist)), ExitNotFound, say("check the path; relative paths start at the current folder")},
		{store.IsNotFound, ExitNotFound, say("check the spelling of the name, tag or digest")},
	}
}

// is reports whether an error is, or wraps, one of type E.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// wraps returns a function that reports whether an error is, or wraps, the target.
func wraps(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// both returns a function that reports whether an error satisfies both conditions.
func both(a, b func(error) bool) func(error) bool {
	return func(err error) bool { return a(err) && b(err) }
}

// isReplaced returns a function that reports whether an error is a refusal to replace
// something: always, or without force.
func isReplaced(always bool) func(error) bool {
	return func(err error) bool {
		var replaced *publish.ReplaceError
		return errors.As(err, &replaced) && replaced.Always == always
	}
}

// isWithoutCredentials reports whether a request was rejected because it had no login, since
// the credentials could not be read.
func isWithoutCredentials(err error) bool {
	return is[*remote.CredentialsError](err) && remote.IsUnauthorized(err)
}

// problem returns a function that reports whether an error has a problem of a Compose project.
func problem(p compose.Problem) func(error) bool {
	return func(err error) bool {
		for _, e := range compose.Errors(err) {
			if e.Problem == p {
				return true
			}
		}
		return false
	}
}

// isImage reports whether an error is that a reference names a container image.
func isImage(err error) bool {
	var other *artifact.NotCompositionError
	return errors.As(err, &other) && strings.Contains(other.Is, "container image")
}

// isGone reports whether an error is that an image is missing whose tag was pinned to a
// digest.
func isGone(err error) bool {
	var image *artifact.ImageError
	if !errors.As(err, &image) || !store.IsNotFound(err) {
		return false
	}
	named, _, pinned := strings.Cut(image.Place.Ref, "@")
	_, tag, _ := strings.Cut(named[strings.LastIndexByte(named, '/')+1:], ":")
	return pinned && tag != ""
}

// answers returns a function that reports whether a registry answered with one of the statuses.
func answers(statuses ...int) func(error) bool {
	return func(err error) bool {
		var answer *transport.Error
		if !errors.As(err, &answer) {
			return false
		}
		for _, s := range statuses {
			if answer.StatusCode == s {
				return true
			}
		}
		return false
	}
}

// request returns the request that failed and the status of its answer, if known.
func request(err error) (r *http.Request, status int) {
	var answer *transport.Error
	if !errors.As(err, &answer) || answer.Request == nil || answer.Request.URL == nil {
		return &http.Request{}, 0
	}
	return answer.Request, answer.StatusCode
}

// isNoRegistry reports whether an error is that the server has no registry API.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support.
func isNoRegistry(err error) bool {
	if is[*remote.NoRegistryError](err) {
		return true
	}
	r, status := request(err)
	return r.URL != nil && r.URL.Path == "/v2/" && status >= 300 && status < 500 &&
		status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusTooManyRequests
}

// isReadOnly reports whether an error is that a registry accepts no writes.
func isReadOnly(err error) bool {
	r, status := request(err)
	return status == http.StatusMethodNotAllowed && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete
}

// isPart reports whether a blob is missing, so that a misspelled name is not the cause.
func isPart(err error) bool {
	r, status := request(err)
	return status == http.StatusNotFound && strings.Contains(r.URL.Path, "/blobs/")
}

// legacyHint is for registries that do not support OCI 1.1.
func legacyHint(_ context.Context, t *terminal.Terminal, _ error) string {
	switch t.Command {
	case "attach":
		return "use ocompose push, which needs only a tag; attaching needs a registry with OCI 1.1"
	case "push":
		return "push it loose, without --bundle, or use a registry with OCI 1.1"
	default:
		return "use a registry with OCI 1.1"
	}
}

// localImageHint is for images that can't be read without authorization.
func localImageHint(ctx context.Context, t *terminal.Terminal, err error) string {
	return loginHint(ctx, t, err) + "; an image that is only on this machine's engine must be pushed first"
}

// leftOutHint is for files without some content.
func leftOutHint(_ context.Context, _ *terminal.Terminal, err error) string {
	var leftOut *file.LeftOutError
	if errors.As(err, &leftOut) && leftOut.Since == "" {
		return "save it again with ocompose save, which includes all content"
	}
	return "first load the package that --since named, or save it without --since"
}

// incompleteHint is for incomplete packages: missing content is sent again, and references
// to other repositories are changed.
func incompleteHint(_ context.Context, _ *terminal.Terminal, err error) string {
	var incomplete *verify.IncompleteError
	if !errors.As(err, &incomplete) {
		return ""
	}
	hint := ""
	repository, _, _ := strings.Cut(incomplete.Reference, "@")
	for _, p := range incomplete.Problems {
		switch {
		case !verify.CopyMends(p) && strings.HasPrefix(p.Reference, repository+"@"):
			return "push or copy it again with --repair; existing content is not sent again"
		case !verify.CopyMends(p):
			hint = "push it again to pin the current images; --bundle keeps copies of them"
		case hint == "" || strings.HasPrefix(p.Reason, "outside"):
			hint = "copy it onto itself, so that it points at its own repository, or push it again"
		}
	}
	return hint
}
