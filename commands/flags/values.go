package flags

import (
	"fmt"
	"mime"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/store"
)

// CheckValue checks a value of a flag as far as it can be judged alone. A flag of one name
// means the same for all commands.
func CheckValue(flag, value string) error {
	check := valueChecks()[flag]
	if check == nil {
		return nil
	}
	if err := check(value); err != nil {
		return usage.Insteadf("--%s %s: %v", flag, Quoted(value), err)
	}
	return nil
}

var numberPattern = regexp.MustCompile(`^[0-9.-]+$`)

// Quoted is a value as an error shows it: in quotes, unless it is a number.
func Quoted(value string) string {
	if numberPattern.MatchString(value) {
		return value
	}
	return strconv.Quote(reference.Shown(value))
}

// valueChecks are what the values of flags have to be. A flag that is not here is a switch,
// or takes any text.
func valueChecks() map[string]func(string) error {
	return map[string]func(string) error{
		"jobs":           checkJobs,
		"platform":       checkPlatform,
		"progress":       checkProgress,
		"tag":            checkTag,
		"portable-tag":   checkTag,
		"as":             checkRepository,
		"service":        matching(servicePattern, "the name of a service has letters, digits and . _ - only"),
		"profile":        matching(servicePattern, "the name of a profile has letters, digits and . _ - only"),
		"project-name":   matching(projectPattern, "the name of a project has lower-case letters, digits, - and _, and begins with a letter or digit"),
		"image":          checkImage,
		"annotation":     checkAnnotation,
		"max-files-size": checkSize,
		"max-size":       checkSize,
		"since":          checkSource,
		"referrers":      checkReferrers,
		"artifact-type":  checkMediaType,
		"listen":         checkListen,
		"timeout":        checkTimeout,
		"username":       checkUsername,

		"insecure-registry": reference.CheckHost,
	}
}

var (
	servicePattern = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	projectPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	platformPart   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

func matching(pattern *regexp.Regexp, rule string) func(string) error {
	return func(value string) error {
		if !pattern.MatchString(value) {
			return fmt.Errorf("%s", rule)
		}
		return nil
	}
}

// maxJobs is more than any registry answers at a time.
const maxJobs = 1000

func checkJobs(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxJobs {
		return fmt.Errorf("it takes a number from 1 to %d", maxJobs)
	}
	return nil
}

func checkPlatform(value string) error {
	for part := range strings.SplitSeq(value, "/") {
		if !platformPart.MatchString(part) {
			return fmt.Errorf("platform %q is not of the form os/architecture[/variant], such as linux/arm64", value)
		}
	}
	_, err := artifact.ParsePlatform(value)
	return err
}

func checkImage(value string) error {
	service, ref, ok := strings.Cut(value, "=")
	if !ok || service == "" || ref == "" {
		return fmt.Errorf("it has the form NAME=VALUE, such as web=registry.example.com/web:1.0")
	}
	if service == "*" { // a template
		if !strings.Contains(ref, "{service}") {
			return fmt.Errorf("*= gives all services that are built their images: it takes {service} for the name of each, such as *=registry.example.com/{service}:1.0")
		}
		ref = strings.ReplaceAll(ref, "{service}", "service")
	}
	return checkReference(ref)
}

func checkAnnotation(value string) error {
	key, _, ok := strings.Cut(value, "=")
	if !ok || key == "" {
		return fmt.Errorf("it has the form NAME=VALUE")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || printable.IsUnsafe(r) }) {
		return fmt.Errorf("the name of an annotation has no spaces, such as org.opencontainers.image.version")
	}
	return nil
}

func checkSize(value string) error {
	if n, err := units.RAMInBytes(value); err != nil || n < 1 {
		return fmt.Errorf("it takes a number of bytes, such as 500k or 20MiB")
	}
	return nil
}

func checkMediaType(value string) error {
	mediaType, _, err := mime.ParseMediaType(value)
	if err != nil || !strings.Contains(mediaType, "/") {
		return fmt.Errorf("it takes a media type, such as application/vnd.example.signature")
	}
	return nil
}

func checkListen(value string) error {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("it takes HOST:PORT, such as 127.0.0.1:5000")
	}
	return nil
}

func checkTag(value string) error { return reference.CheckTag(value) }

// checkRepository checks a reference to a repository, without a tag and a digest.
func checkRepository(value string) error {
	if err := checkReference(value); err != nil {
		return err
	}
	if named, alone := WrittenAlone(value); !alone {
		return fmt.Errorf("leave out the tag or digest: write %s", named)
	}
	return nil
}

func checkTimeout(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d <= 0 {
		return fmt.Errorf("it takes a time, such as 30s or 2m")
	}
	return nil
}

func checkUsername(value string) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r == ':' || printable.IsUnsafe(r) }) {
		return fmt.Errorf("a name has no colon and no control characters; the password goes to --password-stdin")
	}
	return nil
}

// checkSource checks a reference that may be a file or an image layout.
func checkSource(value string) error {
	if IsFileReference(value) || strings.HasPrefix(value, store.LayoutPrefix) {
		return nil
	}
	return checkReference(value)
}

func checkProgress(value string) error {
	if !slices.Contains(progress.Modes(), progress.Mode(value)) {
		return fmt.Errorf("it takes auto, plain, json or none")
	}
	return nil
}

func checkReferrers(value string) error {
	if value == "all" || value == "none" {
		return nil
	}
	if err := checkMediaType(value); err != nil {
		return fmt.Errorf("it takes all, none or an artifact type, such as application/vnd.example.signature")
	}
	return nil
}
