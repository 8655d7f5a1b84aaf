package reference

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// An Error reports what is wrong with a reference.
type Error struct {
	// Written is the reference, or the part that is safe to print.
	Written string
	// Reason is the problem, and what to write instead.
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("reference %q: %s", e.Written, e.Reason) }

// maxShown limits how much of a reference an error shows, in bytes.
const maxShown = 200

// Parse parses a reference to a tag or a digest, with or without oci://; the default tag is
// "latest". Its errors are [*Error], and never contain the password of a URL.
func Parse(written string) (name.Reference, error) {
	ref, reason := parse(written)
	if reason == "" {
		return ref, nil
	}
	return nil, &Error{Written: Shown(written), Reason: reason}
}

// Shown returns the part of user input that is safe to show in an error: without the
// credentials of a URL, and limited in length.
func Shown(written string) string {
	if host, found := login(written); found {
		written = "…@" + host
	}
	if len(written) > maxShown {
		written = strings.ToValidUTF8(written[:maxShown], "") + "…"
	}
	return written
}

func parse(written string) (ref name.Reference, reason string) {
	rest := strings.TrimPrefix(written, "oci://")
	if reason := foreign(rest); reason != "" {
		return nil, reason
	}
	named, digest, pinned := strings.Cut(rest, "@")
	if pinned {
		if reason := wrongDigest(digest); reason != "" {
			return nil, reason
		}
	}
	repository, tag, tagged := cutTag(named)
	if reason := wrongHost(repository, tag, tagged); reason != "" {
		return nil, reason
	}
	if reason := wrongRepository(repository); reason != "" {
		return nil, reason
	}
	if tagged {
		if err := CheckTag(tag); err != nil {
			return nil, err.Error()
		}
	}
	var err error
	if pinned {
		ref, err = name.NewDigest(rest)
	} else {
		ref, err = name.NewTag(rest)
	}
	if err != nil {
		return nil, err.Error()
	}
	return ref, ""
}

// cutTag splits a name before its tag.
func cutTag(named string) (repository, tag string, tagged bool) {
	i := strings.LastIndexByte(named, ':')
	if i < 0 || strings.Contains(named[i:], "/") {
		return named, "", false
	}
	return named[:i], named[i+1:], true
}

var (
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tagPattern    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
)

func wrongDigest(digest string) string {
	switch {
	case digestPattern.MatchString(digest):
		return ""
	case digest == "":
		return "the digest after @ is missing"
	case strings.HasPrefix(digest, "sha512:"):
		return "sha512 digests are not supported: write the sha256 digest"
	case digestPattern.MatchString(strings.ToLower(digest)):
		return "digests are lower case: write @" + strings.ToLower(digest)
	case digestPattern.MatchString("sha256:" + digest):
		return "write the digest as @sha256:" + digest
	default:
		return "the text after @ is not a digest: a digest is sha256: and 64 hexadecimal digits"
	}
}

// CheckTag returns an error if a tag is invalid.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
func CheckTag(tag string) error {
	switch {
	case tag == "":
		return fmt.Errorf("the tag is empty")
	case tagPattern.MatchString(tag):
		return nil
	case len(tag) > 128:
		return fmt.Errorf("the tag has %d characters: at most 128 are allowed", len(tag))
	case strings.HasPrefix(tag, ".") || strings.HasPrefix(tag, "-"):
		return fmt.Errorf("the tag %q begins with %q: a tag begins with a letter, a digit or _", tag, tag[:1])
	default:
		return fmt.Errorf("the tag %q is invalid: a tag consists of letters, digits and . _ -", tag)
	}
}
