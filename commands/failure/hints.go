package failure

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
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

// A failure is a kind of error: what it exits with and what the user may try.
type failure struct {
	is   func(error) bool
	exit int
	hint hint
}

// A hint says what the user may try after an error, or nothing where nothing is known to
// help.
type hint func(t *terminal.Terminal, err error) string

// say is a hint that is always the same.
func say(text string) hint { return func(*terminal.Terminal, error) string { return text } }

// failures are the kinds of errors; the first that fits counts.
func failures() []failure {
	return []failure{
		{is[*usage.Error], ExitUsage, usageHint},
		{problem(compose.ProblemVariable), ExitFailed, say("set the variable in the environment, in .env or with --env-file")},
		{problem(compose.ProblemEnvFile), ExitFailed, say("--with-env packages the files of env_file")},
		{problem(compose.ProblemToken), ExitFailed, say("use a variable or a secret in its place, or --allow-secret with its name or file if anyone may read it")},
		{problem(compose.ProblemSecret), ExitFailed, say("use a variable in its place, or --allow-secret NAME if it is none, --allow-secrets for all")},
		{problem(compose.ProblemNoProject), ExitFailed, say("name the file with -f")},
		{wraps(artifact.ErrNoImage), ExitFailed, say("name the image that was built with --image SERVICE=REFERENCE, or those of all built services with --image '*=HOST/{service}:TAG'")},
		{is[*lock.MissingError], ExitFailed, say("look what changed, and write the lock again with ocompose lock")},
		{is[*artifact.FormatError], ExitFailed, say("ocompose push --help and docs/format.md tell what the format can hold; ocompose copy moves such a package as it is")},
		{is[*signature.Error], ExitUnsigned, say("have it signed by whom the policy trusts: what is to be signed is the digest that push prints")},
		{is[*signature.MissingError], ExitFailed, say("install cosign, or use a trust policy of Notation, which needs no other program")},
		{wraps(artifact.ErrNotPushed), ExitNotFound, say("push what is built with docker compose build --push, or name an image that is in a registry with --image")},
		{is[*artifact.PlatformError], ExitFailed, say("choose platforms that all images offer with --platform")},
		{wraps(artifact.ErrComposition), ExitFailed, say("name a container image; a composition is packaged by its own files")},
		{isReplaced(true), ExitFailed, say("choose another repository or tag for the composition")},
		{isReplaced(false), ExitFailed, say("choose another tag, or --force to replace it")},
		{is[*action.TagTakenError], ExitFailed, say("choose another tag, or --force to move it")},
		{wraps(artifact.ErrLegacy), ExitFailed, legacyHint},
		{is[*referrers.SubjectRejectedError], ExitFailed, legacyHint},
		{is[*referrers.AliasError], ExitFailed, say("the registry keeps no list of referrers: ocompose push names the package by a tag instead")},
		{is[*referrers.ForeignTagError], ExitFailed, say("look what the tag is for, and remove it if nothing needs it")},
		{is[*referrers.UnsettledError], ExitFailed, say("attach it again: what is listed by then stays")},
		{is[*referrers.DeletionForbiddenError], ExitFailed, say("switch deletion on in the registry, or delete it in the registry's own interface")},
		{is[*action.SharedError], ExitFailed, say("--all-tags deletes it with all its tags")},
		{is[*action.IncompleteError], ExitIncomplete, incompleteHint},
		{is[*deployment.OtherError], ExitFailed, say("call this one by another name with --project-name, or keep it elsewhere with --folder")},
		{is[*deployment.ChangedError], ExitFailed, say("move your version away, or --force to replace it")},
		{is[*action.LostError], ExitIncomplete, say("push it again with --repair: what is there is not sent again")},
		{is[*action.RestoredError], ExitIncomplete, say("push it again with --repair if it is wanted, or delete it again")},
		{is[*action.UncachedError], ExitNotFound, say("run it once without --offline, where the registry can be reached")},
		{is[*docker.MissingError], ExitFailed, say("install it, or add its folder to PATH")},
		{is[*archive.ExistsError], ExitFailed, say("--force replaces it")},
		{is[*action.LeftOutError], ExitIncomplete, say("load what it was saved since first, or save it whole")},
		{is[*action.ImagesError], ExitIncomplete, say("save it again with ocompose save, which takes all images along")},
		{is[*unpack.HiddenError], ExitFailed, say("--allow-hidden writes them, if you trust who made the composition")},
		{is[*unpack.SizeError], ExitFailed, say("--max-size sets another limit")},
		{is[*action.NoServiceError], ExitFailed, say("name the services that run the image with --service")},
		{is[*unpack.InTheWayError], ExitFailed, say("move it away, or choose another folder with -d: --force does not replace folders")},
		{is[*unpack.ExistsError], ExitFailed, say("choose another folder with -d, or --force to replace the files")},
		{isImage, ExitFailed, say("ocompose referrers lists the compositions that are attached to an image")},
		{is[*artifact.NotCompositionError], ExitFailed, say("")},
		{is[*artifact.NotFoundError], ExitNotFound, say("")},
		{is[*remote.LocalError], ExitFailed, say("to use this address, allow it with --insecure-registry HOST:PORT")},
		{is[*remote.RedirectedError], ExitFailed, say("try again; if it stays so, ask who runs the registry: its login is never sent to other hosts")},
		{is[*remote.ChallengeError], ExitUnauthorized, say("ask who runs the registry for a login with Basic or Bearer authentication")},
		{is[*LoginError], ExitUnauthorized, say("many registries take an access token in place of the password")},
		{isGone, ExitNotFound, say("the tag has moved on, and what it was then is removed: push again what runs now; --bundle keeps the images")},
		{both(is[*artifact.ImageError], remote.IsUnauthorized), ExitUnauthorized, localImageHint},
		{both(is[*artifact.ImageError], store.IsNotFound), ExitNotFound, say("check the spelling of the name and the tag; an image that is on this machine's engine only has to be pushed first")},
		{isNoRegistry, ExitFailed, say("check the host and the port: what answers there is not a registry")},
		{isWithoutCredentials, ExitUnauthorized, say("install the credential helper, or take it out of the configuration file and log in again")},
		{remote.IsUnauthorized, ExitUnauthorized, loginHint},
		{wraps(remote.ErrPlainHTTP), ExitFailed, say("--plain-http, or --insecure-registry HOST, speaks to it unencrypted, where the network between is to be trusted")},
		{remote.IsUntrusted, ExitFailed, say("have the system trust the authority that signed the registry's certificate, name its file with --ca-file FILE, or put it into /etc/docker/certs.d/HOST:PORT/ca.crt")},
		{is[*remote.ProxyError], ExitFailed, say("check HTTPS_PROXY and HTTP_PROXY, which have the form http://HOST:PORT; NO_PROXY=HOST goes around the proxy")},
		{is[*remote.StallError], ExitFailed, say("check that the registry is up, and try again; --timeout gives it more time")},
		{both(is[*artifact.ImageError], remote.IsUnreachable), ExitFailed, say("check the registry in the image's name; an image that is on this machine's engine only has to be pushed first")},
		{remote.IsUnreachable, ExitFailed, say("check the registry's name and port, and that it runs and can be reached from here")},
		{isReadOnly, ExitFailed, say("the registry, or this repository, is read-only: push to another one")},
		{answers(http.StatusTooManyRequests), ExitFailed, say("the registry limits the rate of requests: try again later, or with fewer --jobs")},
		{answers(http.StatusRequestEntityTooLarge), ExitFailed, say("the registry, or a proxy in front of it, limits the size of uploads: ask who runs it")},
		{answers(http.StatusInsufficientStorage), ExitFailed, say("the registry has no space left: ask who runs it")},
		{answers(http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout), ExitFailed, say("the registry has trouble of its own: try again later")},
		{isPart, ExitNotFound, say("ocompose verify lists what is missing of a composition")},
		{both(store.IsNotFound, wraps(fs.ErrNotExist)), ExitNotFound, say("check the path; a relative one begins at the current folder")},
		{store.IsNotFound, ExitNotFound, say("check the spelling of the name, the tag or the digest")},
	}
}

// is tells whether an error is, or wraps, one of the type.
func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// wraps returns whether an error is, or wraps, the target.
func wraps(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// both returns whether two things hold of an error.
func both(a, b func(error) bool) func(error) bool {
	return func(err error) bool { return a(err) && b(err) }
}

// isReplaced returns whether an error is that something would be replaced which never is,
// or only with force.
func isReplaced(always bool) func(error) bool {
	return func(err error) bool {
		var replaced *action.ReplaceError
		return errors.As(err, &replaced) && replaced.Always == always
	}
}

// isWithoutCredentials tells whether an error is the refusal of a request without a login,
// because the credentials could not be read.
func isWithoutCredentials(err error) bool {
	return is[*remote.CredentialsError](err) && remote.IsUnauthorized(err)
}

// problem returns whether an error has a problem of a Compose project.
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

// isImage tells whether an error is that something is a container image.
func isImage(err error) bool {
	var other *artifact.NotCompositionError
	return errors.As(err, &other) && strings.Contains(other.Is, "container image")
}

// isGone tells whether an error is that an image is missing which was pinned to what its tag
// pointed at.
func isGone(err error) bool {
	var image *artifact.ImageError
	if !errors.As(err, &image) || !store.IsNotFound(err) {
		return false
	}
	named, _, pinned := strings.Cut(image.Place.Ref, "@")
	_, tag, _ := strings.Cut(named[strings.LastIndexByte(named, '/')+1:], ":")
	return pinned && tag != ""
}

// answers returns whether an error is an answer of a registry with one of the statuses.
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

// request is the request whose answer an error is, if it is known.
func request(err error) (r *http.Request, status int) {
	var answer *transport.Error
	if !errors.As(err, &answer) || answer.Request == nil || answer.Request.URL == nil {
		return &http.Request{}, 0
	}
	return answer.Request, answer.StatusCode
}

// isNoRegistry tells whether an error is that what answers has no API of a registry.
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

// isReadOnly tells whether an error is that a registry takes nothing.
func isReadOnly(err error) bool {
	r, status := request(err)
	return status == http.StatusMethodNotAllowed && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete
}

// isPart tells whether an error is that a part of something is missing, which nobody spells.
func isPart(err error) bool {
	r, status := request(err)
	return status == http.StatusNotFound && strings.Contains(r.URL.Path, "/blobs/")
}

// legacyHint is for registries that don't take what is new in OCI 1.1.
func legacyHint(t *terminal.Terminal, _ error) string {
	switch t.Command {
	case "attach":
		return "ocompose push names the package by a tag instead; attaching needs a registry with OCI 1.1"
	case "push":
		return "push it loose, without --bundle, or use a registry with OCI 1.1"
	default:
		return "use a registry with OCI 1.1"
	}
}

// localImageHint is for images that a registry does not show.
func localImageHint(t *terminal.Terminal, err error) string {
	return loginHint(t, err) + "; an image that is on this machine's engine only has to be pushed first"
}

// incompleteHint is for packages that lack something: what is missing is sent again, and what
// points elsewhere is pointed at what is there.
func incompleteHint(_ *terminal.Terminal, err error) string {
	var incomplete *action.IncompleteError
	if !errors.As(err, &incomplete) {
		return ""
	}
	hint := ""
	repository, _, _ := strings.Cut(incomplete.Reference, "@")
	for _, p := range incomplete.Problems {
		switch {
		case !action.CopyMends(p) && strings.HasPrefix(p.Reference, repository+"@"):
			return "push or copy it again with --repair: what is there is not sent again"
		case !action.CopyMends(p):
			hint = "push it again, with the images as they are now; with --bundle they are kept with it"
		case hint == "" || strings.HasPrefix(p.Reason, "outside"):
			hint = "copy it onto itself, which points it at its own repository, or push it again"
		}
	}
	return hint
}
