package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/lock"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/signature"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
	"github.com/ocompose/ocompose/referrers"
)

// Exit statuses.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitIncomplete   = 4
	exitUnauthorized = 5
	exitUnsigned     = 6
	exitInterrupted  = 130
)

// A usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// usagef returns a usage error.
func usagef(format string, a ...any) error { return &usageError{fmt.Sprintf(format, a...)} }

// A failure is a kind of error: what it exits with and what the user may try.
type failure struct {
	is   func(error) bool
	exit int
	hint string
}

// failures are the kinds of errors, the first that fits counts.
func failures() []failure {
	return []failure{
		{is[*usageError], exitUsage, "ocompose COMMAND --help shows what it takes"},
		{problem(compose.ProblemVariable), exitFailed, "set the variable in the environment, in .env or with --env-file"},
		{problem(compose.ProblemEnvFile), exitFailed, "--with-env packages the files of env_file; required: false in the Compose file does without"},
		{problem(compose.ProblemSecret), exitFailed, "use a variable in its place, or --allow-secrets if it is none"},
		{problem(compose.ProblemNoProject), exitFailed, "name the file with -f"},
		{wraps(artifact.ErrNoImage), exitFailed, "name the image that was built with --image SERVICE=REFERENCE"},
		{is[*lock.MissingError], exitFailed, "look what changed, and write the lock again with ocompose lock"},
		{is[*artifact.PlatformError], exitFailed, "choose platforms that all images offer with --platform"},
		{wraps(artifact.ErrComposition), exitFailed, "name a container image; a composition is packaged by its own files"},
		{isReplaced(true), exitFailed, "choose another repository or tag for the composition"},
		{isReplaced(false), exitFailed, "choose another tag, or --force to replace it"},
		{is[*artifact.FormatError], exitFailed, "ocompose push --help and docs/format.md tell what the format can hold; ocompose copy moves such a package as it is"},
		{wraps(artifact.ErrLegacy), exitFailed, "use a registry with OCI 1.1, or push it loose: without --bundle and --format"},
		{is[*referrers.SubjectRejectedError], exitFailed, "push it loose with ocompose push, or use a registry with OCI 1.1"},
		{is[*referrers.AliasError], exitFailed, "the registry keeps no list of referrers: ocompose push names the package by a tag instead"},
		{is[*referrers.ForeignTagError], exitFailed, "look what the tag is for, and remove it if nothing needs it"},
		{is[*referrers.UnsettledError], exitFailed, "attach it again: what is listed by then stays"},
		{is[*referrers.DeletionForbiddenError], exitFailed, "switch deletion on in the registry, or delete it in the registry's own interface"},
		{is[*action.SharedError], exitFailed, "--all-tags deletes it with all its tags"},
		{onlyPins, exitIncomplete, "copy it onto itself, which points it at its own repository, or push it again"},
		{is[*action.IncompleteError], exitIncomplete, "push or copy it again with --repair: what is there is not sent again"},
		{is[*signature.Error], exitUnsigned, "have it signed by whom the policy trusts: what is to be signed is the digest that push prints"},
		{is[*signature.MissingError], exitFailed, "install cosign, or use a trust policy of Notation, which needs no other program"},
		{is[*action.NoServiceError], exitFailed, "name the services that run the image with --service"},
		{is[*docker.MissingError], exitFailed, "install it, or add its folder to PATH"},
		{is[*archive.ExistsError], exitFailed, "--force replaces it"},
		{is[*action.LeftOutError], exitIncomplete, "load what it was saved since first, or save it whole"},
		{is[*action.ImagesError], exitIncomplete, "save it again with ocompose save, which takes all images along"},
		{is[*unpack.HiddenError], exitFailed, "--allow-hidden writes them, if you trust who made the composition"},
		{is[*unpack.SizeError], exitFailed, "--max-size sets another limit"},
		{is[*unpack.InTheWayError], exitFailed, "move it away, or choose another folder with -d: --force does not replace folders"},
		{is[*unpack.ExistsError], exitFailed, "choose another folder with -d, or --force to replace the files"},
		{is[*artifact.NotCompositionError], exitFailed, "ocompose referrers lists the compositions that are attached to an image"},
		{is[*artifact.NotFoundError], exitNotFound, ""},
		{is[*remote.RedirectedError], exitFailed, "try again; if it stays so, ask who runs the registry: its login is never sent to other hosts"},
		{is[*remote.ChallengeError], exitUnauthorized, "ask who runs the registry for a login with Basic or Bearer authentication"},
		{remote.IsUnauthorized, exitUnauthorized, "check that the repository exists and that docker login or podman login has been done for it"},
		{wraps(remote.ErrPlainHTTP), exitFailed, "--plain-http speaks to it unencrypted, where the network between is to be trusted"},
		{remote.IsUntrusted, exitFailed, "have the system trust the authority that signed the registry's certificate, or name its file in SSL_CERT_FILE"},
		{remote.IsUnreachable, exitFailed, "check the registry's name and port, and that it runs and can be reached from here"},
		{store.IsNotFound, exitNotFound, "check the spelling of the name, the tag or the digest"},
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

// isReplaced returns whether an error is that something would be replaced which never is,
// or only with force.
func isReplaced(always bool) func(error) bool {
	return func(err error) bool {
		var replaced *action.ReplaceError
		return errors.As(err, &replaced) && replaced.Always == always
	}
}

// onlyPins tells whether an error is that a package names the wrong images.
func onlyPins(err error) bool {
	var incomplete *action.IncompleteError
	return errors.As(err, &incomplete) && incomplete.OnlyPins()
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

// fail tells the user why the command failed and returns the exit status.
func (t *terminal) fail(ctx context.Context, err error) int {
	t.endProgress()
	if ctx.Err() != nil {
		fmt.Fprintln(t.Stderr, "ocompose: interrupted")
		return exitInterrupted
	}
	exit, hint := exitFailed, ""
	for _, f := range failures() {
		if f.is(err) {
			exit, hint = f.exit, f.hint
			break
		}
	}
	if exit == exitFailed && is[*troubleError](err) {
		exit = exitUsage
	}
	for _, line := range strings.Split(strings.TrimSpace(err.Error()), "\n") {
		fmt.Fprintf(t.Stderr, "ocompose: %s\n", printable(line))
	}
	if hint != "" {
		fmt.Fprintf(t.Stderr, "  try: %s\n", hint)
	}
	return exit
}
