package reference

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$`)

// transports are transport names of other programs that references here don't support.
var transports = []string{"docker-daemon", "docker-archive", "oci-archive", "containers-storage", "dir", "ostree", "sif", "tarball"}

// foreign explains what is wrong with text that is not a reference at all.
func foreign(written string) string {
	if written == "" {
		return "it is empty"
	}
	if host, found := login(written); found {
		return fmt.Sprintf("it contains credentials: write %s, and log in with ocompose login", host)
	}
	if strings.ContainsFunc(written, unicode.IsSpace) {
		return "a reference can't contain spaces"
	}
	if m := schemePattern.FindStringSubmatch(written); m != nil {
		return foreignScheme(m[1], m[2])
	}
	if strings.ContainsFunc(written, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "it has invalid characters: a reference consists of ASCII letters, digits and . _ - / : @"
	}
	if before, rest, ok := strings.Cut(written, ":"); ok && (strings.ContainsAny(rest, "/:") && slices.Contains(transports, before)) {
		return fmt.Sprintf("the transport %s: is not supported: write REGISTRY/REPOSITORY:TAG, or oci-layout:FOLDER:TAG", before)
	}
	if rest, ok := strings.CutPrefix(written, "oci:"); ok && strings.ContainsAny(rest, "/:") {
		return fmt.Sprintf("write an image layout folder as oci-layout:%s", rest)
	}
	return ""
}

// foreignScheme returns what to write instead of a URL.
func foreignScheme(scheme, rest string) string {
	rest = strings.Trim(strings.TrimPrefix(rest, "v2/"), "/")
	if rest == "" {
		rest = "REGISTRY/REPOSITORY:TAG"
	}
	switch lower := strings.ToLower(scheme); lower {
	case "http":
		return fmt.Sprintf("leave out %s:// and write %s; --plain-http allows registries without TLS", scheme, rest)
	case "oci":
		return fmt.Sprintf("write oci:// in lower case, or leave it out: %s", rest)
	case "file":
		return "it is a file: a reference names content in a registry, or in a folder as oci-layout:FOLDER"
	default:
		return fmt.Sprintf("leave out %s:// and write %s", scheme, rest)
	}
}

// login finds the credentials in text like a URL, NAME:PASSWORD@HOST/PATH, with or without
// a scheme, and returns the rest without them.
func login(written string) (host string, found bool) {
	rest := written
	if m := schemePattern.FindStringSubmatch(written); m != nil {
		rest = m[2]
	}
	for end := len(rest); ; {
		i := strings.LastIndexByte(rest[:end], '@')
		if i < 0 {
			return "", false
		}
		if namesHost(rest[i+1:]) && namesUser(rest[:i]) {
			return rest[i+1:], true
		}
		end = i
	}
}

// namesHost reports whether the text after @ begins with a host, not a digest.
func namesHost(after string) bool {
	if strings.HasPrefix(after, "sha256:") || strings.HasPrefix(after, "sha512:") {
		return false
	}
	host, _, path := strings.Cut(after, "/")
	_, port, _ := strings.Cut(host, ":")
	return path || strings.Contains(host, ".") || host == "localhost" || isPort(port)
}

// namesUser reports whether the text before @ is NAME or NAME:PASSWORD, not a repository.
func namesUser(before string) bool {
	first, _, path := strings.Cut(before, "/")
	_, password, found := strings.Cut(first, ":")
	return !path || found && !isPort(password)
}
