package storage

import "regexp"

// The grammar of names and tags, from
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests. A name can't contain an
// empty part, "." or "..", or a part that starts with "_": it is a safe relative path.
var (
	nameGrammar = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar  = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]*$`)
)

// MaxNameLength and MaxTagLength are the limits of the names of repositories and of tags, in bytes.
const (
	MaxNameLength = 255
	MaxTagLength  = 128
)

// IsName reports whether a string has the form of a repository's name. It does not check the
// length.
func IsName(name string) bool { return nameGrammar.MatchString(name) }

// IsTag reports whether a string has the form of a tag. It does not check the length.
func IsTag(tag string) bool { return tagGrammar.MatchString(tag) }
