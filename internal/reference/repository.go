package reference

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	componentPattern = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	repositoryChars  = regexp.MustCompile(`^[a-z0-9._/-]+$`)
	hostPattern      = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?))*$|^\[[0-9A-Fa-f:.]+\]$`)
)

// cutHost splits a repository's name after its host, as Docker does: the first part is a
// host if it has a dot or a port, or is localhost.
func cutHost(repository string) (host, path string, found bool) {
	first, rest, ok := strings.Cut(repository, "/")
	if ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		return first, rest, true
	}
	return "", repository, false
}

// wrongHost explains what is wrong with the host of a name.
func wrongHost(repository, tag string, tagged bool) string {
	host, path, found := cutHost(repository)
	if !found {
		if tagged && (isHost(repository) || repository != "" && isPort(tag) && !strings.Contains(repository, "/") && strings.Contains(repository, ".")) {
			host = repository + ":" + tag
		} else if !tagged && isHost(repository) {
			host = repository
		}
		if host != "" {
			return fmt.Sprintf("it is a registry without a repository: write %s/NAME", host)
		}
		return ""
	}
	if path == "" {
		return fmt.Sprintf("the repository is missing: write %s/NAME", host)
	}
	if err := CheckHost(host); err != nil {
		return err.Error()
	}
	return ""
}

// isHost reports whether a name without a slash is a registry, not an image of Docker Hub:
// no official image has a dot in its name.
func isHost(named string) bool {
	return named == "localhost" || strings.Contains(named, ".") && !strings.Contains(named, "/") && hostPattern.MatchString(named)
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// CheckHost returns an error if the host of a registry, HOST or HOST:PORT, is invalid.
func CheckHost(host string) error {
	if reason := foreign(host); reason != "" {
		return fmt.Errorf("%s", reason)
	}
	if strings.ContainsAny(host, "/@") {
		return fmt.Errorf("write only the host of a registry, HOST or HOST:PORT")
	}
	named := host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		named = host[:i]
		if port := host[i+1:]; !isPort(port) || port == "0" {
			return fmt.Errorf("the port %q is not a number from 1 to 65535", port)
		}
	}
	if !hostPattern.MatchString(named) {
		return fmt.Errorf("%q is not a valid host name", named)
	}
	return nil
}

// wrongRepository explains what is wrong with the path of a repository.
func wrongRepository(repository string) string {
	_, path, _ := cutHost(repository)
	switch {
	case path == "":
		return "the repository's name is missing"
	case len(path) > 255:
		return fmt.Sprintf("the repository's name has %d characters: at most 255 are allowed", len(path))
	case path != strings.ToLower(path) && repositoryChars.MatchString(strings.ToLower(path)):
		return fmt.Sprintf("repository names are lower case: write %s", strings.ToLower(path))
	case !repositoryChars.MatchString(path):
		return fmt.Sprintf("the repository's name %q is invalid: it consists of lower-case letters, digits and . _ - /", path)
	}
	for component := range strings.SplitSeq(path, "/") {
		if component == "" {
			return "the repository's name has an empty part: / must be between two names"
		}
		if !componentPattern.MatchString(component) {
			return fmt.Sprintf("the repository's name %q is invalid: its parts begin and end with a letter or digit, with one of . _ __ - in between", path)
		}
	}
	return ""
}
