package commands

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/artifact"
)

// parseReference reads a reference as users type it, with oci:// in front or not.
func parseReference(arg string) (name.Reference, error) {
	ref, err := artifact.ParseImage(strings.TrimPrefix(arg, "oci://"))
	if err != nil {
		return nil, usagef("reference %q: %v", arg, err)
	}
	return ref, nil
}

// parseTarget reads where something is to be pushed: a repository, and the tag
// where one is written.
func parseTarget(arg string) (name.Repository, string, error) {
	ref, err := parseReference(arg)
	if err != nil {
		return name.Repository{}, "", err
	}
	tag, ok := ref.(name.Tag)
	if !ok {
		return name.Repository{}, "", usagef("%q names a digest: what is pushed gets its own", arg)
	}
	written := strings.HasSuffix(arg, ":"+tag.TagStr())
	if !written {
		return tag.Context(), "", nil
	}
	return tag.Context(), tag.TagStr(), nil
}
