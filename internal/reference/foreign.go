package reference

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var schemePattern = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$`)

// transports are the names of places in other programs that a reference does not have.
var transports = []string{"docker-daemon", "docker-archive", "oci-archive", "containers-storage", "dir", "ostree", "sif", "tarball"}

// foreign says what is wrong with something that is no reference at all.
func foreign(written string) string {
	if written == "" {
		return "it is empty"
	}
	if host, found := login(written); found {
		return fmt.Sprintf("it has a login in it: write %s, and log in with ocompose login", host)
	}
	if strings.ContainsFunc(written, unicode.IsSpace) {
		return "a reference has no spaces"
	}
	if m := schemePattern.FindStringSubmatch(written); m != nil {
		return foreignScheme(m[1], m[2])
	}
	if strings.ContainsFunc(written, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "it has characters that are not allowed: a reference has letters without accents, digits and . _ - / : @ only"
	}
	if before, rest, ok := strings.Cut(written, ":"); ok && (strings.ContainsAny(rest, "/:") && slices.Contains(transports, before)) {
		return fmt.Sprintf("%s: is a place that is not supported: write REGISTRY/REPOSITORY:TAG, or oci-layout:FOLDER:TAG", before)
	}
	if rest, ok := strings.CutPrefix(written, "oci:"); ok && strings.ContainsAny(rest, "/:") {
		return fmt.Sprintf("a folder that is an image layout is written oci-layout:%s", rest)
	}
	return ""
}

// foreignScheme says what to write in place of a URL.
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
		return "it is a file: a reference names something in a registry, or in a folder as oci-layout:FOLDER"
	default:
		return fmt.Sprintf("leave out %s:// and write %s", scheme, rest)
	}
}

// login finds the login in what looks like a URL, NAME:PASSWORD@HOST/PATH, with a scheme or
// not, and returns what is left without it.
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

// namesHost tells whether what follows @ begins with a host, and not with a digest.
func namesHost(after string) bool {
	if strings.HasPrefix(after, "sha256:") || strings.HasPrefix(after, "sha512:") {
		return false
	}
	host, _, path := strings.Cut(after, "/")
	_, port, _ := strings.Cut(host, ":")
	return path || strings.Contains(host, ".") || host == "localhost" || isPort(port)
}

// namesUser tells whether what precedes @ is NAME or NAME:PASSWORD, and not a repository.
func namesUser(before string) bool {
	first, _, path := strings.Cut(before, "/")
	_, password, found := strings.Cut(first, ":")
	return !path || found && !isPort(password)
}
