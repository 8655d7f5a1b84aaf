package margo

import (
	"fmt"
	"regexp"
	"strings"
)

// semVer is a version by SemVer 2.0.
//
// See https://semver.org/spec/v2.0.0.html#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string.
var semVer = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?` +
	`(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`)

// VersionOf returns the version of a tag, in which + is written as _. It fails if the tag
// is not a SemVer version, or begins with a v.
func VersionOf(tag string) (string, error) {
	version := strings.Replace(tag, "_", "+", 1)
	if semVer.MatchString(version) {
		return version, nil
	}
	if rest, ok := strings.CutPrefix(version, "v"); ok && semVer.MatchString(rest) {
		return "", fmt.Errorf("the tag %q begins with a v, unlike Margo's versions: write %s", tag, TagOf(rest))
	}
	return "", fmt.Errorf("the tag %q is not a SemVer 2.0 version, such as 1.2.3, 1.2.3-rc.1 or 1.2.3_build.5", tag)
}

// TagOf returns the tag of a version.
func TagOf(version string) string { return strings.ReplaceAll(version, "+", "_") }
